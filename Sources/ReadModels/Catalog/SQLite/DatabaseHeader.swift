import Platform

/// The fields of a database file's first page that SQLite answers for with errors which it has for
/// sound files too: a format version that it does not write counts as a file without permission to
/// write. Here they are damage.
///
/// Layout: "The Database Header" of SQLite's file format.
struct DatabaseHeader {
    private static let length = 100
    private let bytes: [UInt8]

    /// - Parameter path: of a file that need not be there.
    init(path: String) throws(CatalogError) {
        let files = SystemFileSystem()
        do throws(FileError) {
            guard try files.status(path) != nil else {
                bytes = []
                return
            }
            let file = try files.open(path, .read)
            defer { file.close() }
            bytes = try file.read(Self.length, at: 0)
        } catch {
            throw .unavailable("\(error)")
        }
    }

    /// - Throws: `damaged`; not for a file too short to be one, which SQLite tells by itself.
    func check() throws(CatalogError) {
        guard bytes.count == Self.length else { return }
        for (offset, what) in [(18, "write"), (19, "read")] where !(1...2).contains(bytes[offset]) {
            throw .damaged("the \(what) version of its header is \(bytes[offset])")
        }
        let format = bytes[44..<48].reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        guard format <= 4 else { throw .damaged("the schema format of its header is \(format)") }
    }
}
