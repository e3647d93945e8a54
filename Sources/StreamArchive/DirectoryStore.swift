import Crypto
import Foundation
import Platform

/// Archives as files below a directory, which several processes may write.
///
/// An object is written below `.staging`, and gets its name by a link, which fails where something
/// of that name is: nothing is ever written over. A group costs one sync of the file system,
/// however many objects it has.
package struct DirectoryStore: ObjectStore {
    /// Objects of every directory store have URLs of this form, so that the directory can be
    /// moved: `archive:///<name>`.
    private static let scheme = "archive:///"
    private static let staging = ".staging"

    let root: String
    let files: any FileSystem

    private init(root: String, files: any FileSystem) {
        self.root = root
        self.files = files
    }

    /// Takes a directory into use, creating it if it is not there; what processes that are gone
    /// left half-written is removed.
    ///
    /// - Throws: `refused` if it cannot be used.
    package static func open(
        _ root: String, files: any FileSystem
    ) throws(ObjectError) -> DirectoryStore {
        let store = DirectoryStore(root: root, files: files)
        do throws(FileError) {
            for directory in [root, "\(root)/\(staging)"] where try files.status(directory) == nil {
                try files.createDirectory(directory)
            }
            try store.clean()
        } catch {
            throw .refused(root, reason: "the archive directory cannot be used: \(error)")
        }
        return store
    }

    package var location: String { root }

    package func url(of name: ObjectName) -> String { Self.scheme + name.rawValue }

    package func name(of url: String) -> ObjectName? {
        guard url.hasPrefix(Self.scheme) else { return nil }
        return ObjectName(String(url.dropFirst(Self.scheme.count)))
    }

    package func size(of name: ObjectName) throws(ObjectError) -> UInt64? {
        do throws(FileError) {
            return try files.status(path(of: name)).map { UInt64($0.size) }
        } catch {
            throw failure(error, name)
        }
    }

    package func read(
        _ range: Range<UInt64>, of name: ObjectName
    ) throws(ObjectError) -> [UInt8] {
        do throws(FileError) {
            let file = try files.open(path(of: name), .read)
            defer { file.close() }
            let size = try file.size()
            guard let start = Int(exactly: range.lowerBound), start < size else { return [] }
            return try file.read(min(range.count, size - start), at: start)
        } catch {
            throw failure(error, name)
        }
    }

    package func presignedURL(
        of name: ObjectName, lifetime: Duration, at now: Timestamp
    ) -> String? { nil }

    package func beginGroup() throws(ObjectError) -> any ObjectGroup { try DirectoryGroup(self) }

    package func replace(
        _ name: ObjectName, with upload: any ObjectUpload
    ) throws(ObjectError) {
        guard let upload = upload as? DirectoryUpload else {
            preconditionFailure("an upload goes back to the store that began it")
        }
        do throws(FileError) {
            try files.syncAll(holding: root)
            try files.rename(upload.path, to: path(of: name))
            try files.syncDirectory(Self.parent(of: path(of: name)))
        } catch {
            throw failure(error, name)
        }
    }

    package func remove(_ name: ObjectName) throws(ObjectError) {
        do throws(FileError) {
            guard try files.status(path(of: name)) != nil else { return }
            try files.remove(path(of: name))
            try removeEmptyDirectories(above: path(of: name))
        } catch {
            throw failure(error, name)
        }
    }
}

// Names and paths.
extension DirectoryStore {
    /// What a file system takes as a name is shorter than what LogDog does.
    private static let segmentLimit = 240

    func path(of name: ObjectName) -> String {
        let parts = name.segments.map { segment in
            guard segment.utf8.count > Self.segmentLimit else { return String(segment) }
            // No segment of a stream begins with `~`, so this collides with none.
            return "~\(segment.prefix(150))~\(ArchiveNames.hash(String(segment)))"
        }
        return "\(root)/\(parts.joined(separator: "/"))"
    }

    static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    /// The system's words, and whether it may work later.
    func failure(_ error: FileError, _ name: ObjectName) -> ObjectError {
        let object = url(of: name)
        switch error.code {
        case ENOENT: return .absent(object)
        case EEXIST: return .taken(object)
        case EACCES, EPERM, EROFS, ENAMETOOLONG, ENOTDIR, EISDIR, ELOOP, EINVAL:
            return .refused(object, reason: "\(error)")
        default: return .unavailable(object, reason: "\(error)")
        }
    }

    /// Makes the directories above `path` that are not there.
    func createDirectories(above path: String) throws(FileError) {
        var missing: [String] = []
        var directory = Self.parent(of: path)
        while directory != root, try files.status(directory) == nil {
            missing.append(directory)
            directory = Self.parent(of: directory)
        }
        for directory in missing.reversed() {
            do throws(FileError) {
                try files.createDirectory(directory)
            } catch {
                // Another process may have been faster.
                guard error.code == EEXIST else { throw error }
            }
        }
    }

    private func removeEmptyDirectories(above path: String) throws(FileError) {
        var directory = Self.parent(of: path)
        while directory != root, directory.hasPrefix(root) {
            do throws(FileError) {
                try files.remove(directory)
            } catch {
                guard [ENOTEMPTY, EEXIST, ENOENT].contains(error.code) else { throw error }
                return
            }
            directory = Self.parent(of: directory)
        }
    }

    /// Removes the staging directories that no process holds. The lock is there before the
    /// directory is, and after it is gone.
    private func clean() throws(FileError) {
        let staging = "\(root)/\(Self.staging)"
        let names = Set(try files.list(staging).map { $0.prefix { $0 != "." } })
        for name in names where try !files.isLocked("\(staging)/\(name).lock") {
            let directory = "\(staging)/\(name)"
            if try files.status(directory) != nil {
                for file in try files.list(directory) { try files.remove("\(directory)/\(file)") }
                try files.remove(directory)
            }
            if try files.status("\(directory).lock") != nil {
                try files.remove("\(directory).lock")
            }
        }
    }

    /// A directory for half-written objects that no other process has, and the lock that says so.
    func stage() throws(FileError) -> (directory: String, lock: any FileLock) {
        while true {
            let name = SystemRandomness().bytes(8).map { String(format: "%02x", $0) }.joined()
            let directory = "\(root)/\(Self.staging)/\(name)"
            guard case .held(let lock) = try files.lock("\(directory).lock", holder: "archivist")
            else { continue }
            try files.createDirectory(directory)
            return (directory, lock)
        }
    }
}

extension DirectoryStore: ListedStore {
    /// Objects with names that a file system does not take are passed over.
    package func objects(in folder: ObjectName) throws(ObjectError) -> [ListedObject] {
        do throws(FileError) {
            let directory = path(of: folder)
            guard try files.status(directory) != nil else { return [] }
            var objects: [ListedObject] = []
            for segment in try files.list(directory) {
                guard let name = ObjectName("\(folder)/\(segment)"),
                    let status = try files.status(path(of: name)), !status.isDirectory
                else { continue }
                objects.append(ListedObject(name: name, size: UInt64(status.size)))
            }
            return objects
        } catch {
            throw failure(error, folder)
        }
    }
}
