import Foundation

/// A copy of the journal in `Fixtures/inspection/v1`, and room for another one beside it.
final class FixtureDirectory {
    private let root = FileManager.default.temporaryDirectory
        .appending(path: "repair-\(UUID().uuidString)")

    /// The copy, a data directory.
    var fixture: String { root.appending(path: "fixture").path }
    /// A directory in which nothing is.
    var fresh: String { root.appending(path: "fresh").path }

    init() throws {
        let files = FileManager.default
        try files.createDirectory(at: root, withIntermediateDirectories: false)
        try files.createDirectory(atPath: fresh, withIntermediateDirectories: false)
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/inspection/v1")
        try files.copyItem(atPath: source.path, toPath: fixture)
    }

    private func file(_ segment: Int) throws -> URL {
        let journal = URL(filePath: fixture).appending(path: "journal")
        let names = try FileManager.default.contentsOfDirectory(atPath: journal.path)
            .filter { $0.hasSuffix(".seg") }.sorted()
        return journal.appending(path: names[segment])
    }

    func bytes(of segment: Int) throws -> [UInt8] { Array(try Data(contentsOf: file(segment))) }

    /// Flips a bit of the segment at a position among all.
    func flip(in segment: Int, at offset: Int) throws {
        var bytes = try bytes(of: segment)
        bytes[offset] ^= 1
        try Data(bytes).write(to: file(segment))
    }

    func remove(_ segment: Int) throws { try FileManager.default.removeItem(at: file(segment)) }

    /// What has been put aside.
    func aside() throws -> [[UInt8]] {
        let aside = URL(filePath: fixture).appending(path: "journal/aside")
        guard FileManager.default.fileExists(atPath: aside.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: aside.path).map {
            Array(try Data(contentsOf: aside.appending(path: $0)))
        }
    }

    deinit { do { try FileManager.default.removeItem(at: root) } catch {} }
}
