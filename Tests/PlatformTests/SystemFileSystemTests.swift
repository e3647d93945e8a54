import Foundation
import Platform
import Testing

/// The real form of the door to files.
@Suite struct SystemFileSystemTests {
    private let files = SystemFileSystem()

    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "platform-\(UUID().uuidString)").path
        try files.createDirectory(path)
        defer { do { try FileManager.default.removeItem(atPath: path) } catch {} }
        try body(path)
    }

    @Test func `what is written is read back, and short reads end at the end`() throws {
        try withDirectory { directory in
            let file = try files.open("\(directory)/a", .create)
            try file.write([1, 2, 3, 4], at: 2)
            try file.sync()
            #expect(try file.read(10, at: 0) == [0, 0, 1, 2, 3, 4])
            #expect(try file.size() == 6)
            try file.truncate(to: 3)
            #expect(try file.read(10, at: 1) == [0, 1])
            #expect(try file.read(10, at: 100) == [])
            file.close()
            file.close()
        }
    }

    @Test func `errors name the operation, the path and the system's reason`() throws {
        try withDirectory { directory in
            let error = #expect(throws: FileError.self) {
                try files.open("\(directory)/none", .read)
            }
            #expect(error?.description.contains("\(directory)/none") == true)
            #expect(error?.description.contains("No such file") == true)
            _ = try files.open("\(directory)/a", .create)
            #expect(throws: FileError.self) { try files.open("\(directory)/a", .create) }
            #expect(throws: FileError.self) { try files.createDirectory(directory) }
        }
    }

    @Test func `a lock is exclusive, names its holder, and goes with its release`() throws {
        try withDirectory { directory in
            let path = "\(directory)/LOCK"
            guard case .held(let lock) = try files.lock(path, holder: "first") else {
                Issue.record("nobody holds it")
                return
            }
            #expect(try files.isLocked(path))
            guard case .taken(let holder) = try files.lock(path, holder: "second") else {
                Issue.record("it is held")
                return
            }
            #expect(holder == "first")
            lock.release()
            #expect(try !files.isLocked(path))
        }
    }

    @Test func `a directory is listed in order and files are private`() throws {
        try withDirectory { directory in
            for name in ["b", "a", "c"] { _ = try files.open("\(directory)/\(name)", .create) }
            #expect(try files.list(directory) == ["a", "b", "c"])
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/a")
            #expect((attributes[.posixPermissions] as? Int) == 0o600)
            #expect(try files.status("\(directory)/none") == nil)
            #expect(try files.status(directory)?.isDirectory == true)
        }
    }
}
