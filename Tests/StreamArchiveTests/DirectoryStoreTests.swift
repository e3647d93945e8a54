import LogDogModel
import Platform
import TestSupport
import Testing

@testable import StreamArchive

struct DirectoryStoreTests {
    private static let content: [UInt8] = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }

    private static func name(_ text: String) throws -> ObjectName {
        try #require(ObjectName(text))
    }

    /// Writes objects of the same content as one group, and returns those whose names are durable.
    private static func write(_ names: [String], to store: DirectoryStore) throws -> [ObjectName] {
        let group = try store.beginGroup()
        defer { group.end() }
        let uploads = try names.map { name in
            let upload = try group.begin(try Self.name(name))
            try upload.append(Array(content.prefix(1000)))
            try upload.append(Array(content.dropFirst(1000)))
            try upload.finish()
            return upload
        }
        for upload in uploads { try group.publish(upload) }
        try group.settle()
        return uploads.map(\.name)
    }

    @Test func `an object is read by ranges, and is found by its URL`() throws {
        let store = try DirectoryStore.open("/archive", files: SimulatedDisk())
        let name = try #require(try Self.write(["p/a/+/b/~7.logstream.entries"], to: store).first)
        #expect(try store.size(of: name) == 3000)
        #expect(try store.read(100..<200, of: name) == Array(Self.content[100..<200]))
        #expect(try store.read(2900..<4000, of: name) == Array(Self.content[2900...]))
        #expect(try store.read(4000..<5000, of: name) == [])
        #expect(store.url(of: name) == "archive:///p/a/+/b/~7.logstream.entries")
        #expect(store.name(of: store.url(of: name)) == name)
        #expect(store.name(of: "s3://bucket/p/a") == nil)
        #expect(store.name(of: "archive:///../etc/passwd") == nil)
        #expect(throws: ObjectError.absent("archive:///p/x")) {
            try store.read(0..<1, of: try Self.name("p/x"))
        }
    }

    @Test func `nothing is written over`() throws {
        let disk = SimulatedDisk()
        let store = try DirectoryStore.open("/archive", files: disk)
        _ = try Self.write(["p/a"], to: store)
        disk.damage("/archive/p/a") { $0 = [1, 2, 3] }
        #expect(throws: ObjectError.taken("archive:///p/a")) {
            try Self.write(["p/a"], to: store)
        }
        #expect(disk.files["/archive/p/a"] == [1, 2, 3])
    }

    @Test func `a removed object is gone with the directories that it leaves empty`() throws {
        let disk = SimulatedDisk()
        let store = try DirectoryStore.open("/archive", files: disk)
        let name = try #require(try Self.write(["p/a/b/c"], to: store).first)
        try store.remove(name)
        try store.remove(name)
        #expect(try store.size(of: name) == nil)
        #expect(try disk.status("/archive/p/a") == nil)
    }

    @Test func `wherever the power goes, the objects of a group that has settled are whole`() throws
    {
        let names = (0..<4).map { "p/a/+/s\($0)/~\($0).logstream.entries" }
        let rehearsal = SimulatedDisk()
        _ = try Self.write(names, to: try DirectoryStore.open("/archive", files: rehearsal))
        var settled = 0
        for change in 0..<rehearsal.changeCount {
            let disk = SimulatedDisk()
            disk.losePower(beforeChange: change)
            var durable: [ObjectName] = []
            do {
                durable = try Self.write(
                    names, to: try DirectoryStore.open("/archive", files: disk))
            } catch is ObjectError {}
            for seed in 0..<8 as Range<UInt64> {
                let after = disk.afterCrash(seed: seed)
                let store = try DirectoryStore.open("/archive", files: after)
                for name in durable {
                    #expect(
                        after.files[store.path(of: name)] == Self.content,
                        "\(name), change \(change), seed \(seed)")
                }
                #expect(
                    !after.files.keys.contains { $0.hasPrefix("/archive/.staging") },
                    "change \(change)")
            }
            settled += durable.isEmpty ? 0 : 1
        }
        #expect(settled > 0, "some power cuts came after the group was settled")
    }

    @Test func `a full disk is an error that may pass, and leaves nothing`() throws {
        let disk = SimulatedDisk()
        let store = try DirectoryStore.open("/archive", files: disk)
        disk.limit(to: 4000)
        #expect(throws: ObjectError.self) { try Self.write(["p/a", "p/b"], to: store) }
        do {
            _ = try Self.write(["p/a", "p/b"], to: store)
        } catch let error as ObjectError {
            guard case .unavailable = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(disk.files.keys.allSatisfy { !$0.contains("/p/") })
        #expect(disk.files.values.reduce(0) { $0 + $1.count } < 100)
        disk.limit(to: nil)
        #expect(try Self.write(["p/a", "p/b"], to: store).count == 2)
    }

    @Test func `what another process is writing is left alone`() throws {
        let disk = SimulatedDisk()
        let store = try DirectoryStore.open("/archive", files: disk)
        let group = try store.beginGroup()
        let upload = try group.begin(try Self.name("p/a"))
        try upload.append([1])
        _ = try DirectoryStore.open("/archive", files: disk)
        try upload.finish()
        try group.publish(upload)
        #expect(disk.files["/archive/p/a"] == [1])
    }

    @Test func `segments longer than a file system takes become names of their own`() throws {
        let store = try DirectoryStore.open("/archive", files: SimulatedDisk())
        let long = String(repeating: "x", count: 300)
        let names = try Self.write(["p/\(long)y/a", "p/\(long)z/a"], to: store)
        let paths = names.map { store.path(of: $0) }
        #expect(Set(paths).count == 2)
        for path in paths { #expect(path.split(separator: "/").allSatisfy { $0.count < 255 }) }
    }

    @Test func `names of archives never collide, and fit the limits of all services`() throws {
        func names(_ prefix: String, _ name: String, _ identity: String = "7") -> ArchiveNames {
            ArchiveNames(
                project: "p", path: StreamPath(prefix: prefix, name: name), identity: identity,
                version: 1)
        }
        let long = String(repeating: "x/", count: 600) + "x"
        let all = [
            names("a", "b"), names("a", "b", "8"), names("a/b", "c"), names("a", "b/c"),
            names(long, "a"), names(long, "b"), names("a", long), names("b", long),
            ArchiveNames(
                project: "p", path: StreamPath(prefix: "a", name: "b"), identity: "7", version: 2),
        ]
        #expect(Set(all.flatMap { [$0.entries, $0.index] }).count == 2 * all.count)
        #expect(all[0].entries.rawValue == "p/a/+/b/~7.logstream.entries")
    }
}
