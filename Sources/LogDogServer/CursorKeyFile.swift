import LogDogServices
import Platform

/// The key that seals where the next page of a query begins, in a file of the data directory: so
/// that pages can be turned across a restart.
///
/// No state: without it a new one is made, and pages that were being turned begin anew.
struct CursorKeyFile {
    private static let name = "cursor.key"

    let key: [UInt8]

    /// Reads the file, or makes it with fresh random bytes.
    init(_ options: ServerOptions) throws(StartFailure) {
        let files = SystemFileSystem()
        let path = "\(options.data)/\(Self.name)"
        do throws(FileError) {
            if let key = try Self.read(path, files) {
                self.key = key
                return
            }
            key = options.randomness.bytes(QueryCursor.keyLength)
            let file = try files.open(path, .create)
            defer { file.close() }
            try file.write(key, at: 0)
            try file.sync()
        } catch {
            throw .inputOutput("\(error)")
        }
    }

    /// Nil if there is none; one of another length is left from a crash, and is taken away.
    private static func read(
        _ path: String, _ files: SystemFileSystem
    ) throws(FileError) -> [UInt8]? {
        guard try files.status(path) != nil else { return nil }
        let file = try files.open(path, .read)
        defer { file.close() }
        let key = try file.read(QueryCursor.keyLength + 1, at: 0)
        if key.count == QueryCursor.keyLength { return key }
        try files.remove(path)
        return nil
    }
}
