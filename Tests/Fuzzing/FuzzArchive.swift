import Platform
import StreamArchive

enum FuzzArchive {
    /// The first two bytes say how much of the rest is the index; what follows are the entries.
    static func take(_ bytes: [UInt8]) {
        guard bytes.count > 2 else { return }
        let length = min(Int(bytes[0]) << 8 | Int(bytes[1]), bytes.count - 2)
        let index = Array(bytes[2..<2 + length])
        let entries = Array(bytes[(2 + length)...])
        guard
            let indexName = ObjectName("a/index"), let entriesName = ObjectName("a/entries")
        else { preconditionFailure("these are names") }
        let store = FuzzStore(objects: [indexName: index, entriesName: entries])
        do throws(ArchiveError) {
            let loaded = try ArchiveIndexLoader.load(StoredObject(name: indexName, store: store))
            let reader = ArchiveReader(StoredObject(name: entriesName, store: store), loaded)
            var left = 1000
            try reader.read(from: 0, limit: nil) { _ in
                left -= 1
                return left > 0
            }
            _ = try reader.last()
        } catch { return }
    }
}

/// Objects in memory that are only read.
private struct FuzzStore: ObjectStore {
    let objects: [ObjectName: [UInt8]]

    var location: String { "memory" }
    func url(of name: ObjectName) -> String { "archive:///\(name)" }
    func name(of url: String) -> ObjectName? { nil }

    func size(of name: ObjectName) throws(ObjectError) -> UInt64? {
        objects[name].map { UInt64($0.count) }
    }

    func read(_ range: Range<UInt64>, of name: ObjectName) throws(ObjectError) -> [UInt8] {
        guard let bytes = objects[name] else { throw .absent("\(name)") }
        let start = Int(min(range.lowerBound, UInt64(bytes.count)))
        let end = Int(min(range.upperBound, UInt64(bytes.count)))
        return Array(bytes[start..<end])
    }

    func beginGroup() throws(ObjectError) -> any ObjectGroup {
        preconditionFailure("nothing is written here")
    }

    func replace(_ name: ObjectName, with upload: any ObjectUpload) throws(ObjectError) {}
    func remove(_ name: ObjectName) throws(ObjectError) {}

    func presignedURL(
        of name: ObjectName, lifetime: Duration, at now: Timestamp
    ) -> String? { nil }
}
