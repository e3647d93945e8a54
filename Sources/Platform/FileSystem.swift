// The door to files. Paths are absolute or relative to the working directory; names are UTF-8.

/// An operation on a file that the system refused.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried: "open", "sync", "write 512 bytes to", …
    public let operation: String
    public let path: String
    /// The system's error number.
    public let code: Int32

    public init(_ operation: String, _ path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    public var description: String { "\(operation) \(path): \(systemErrorText(code))" }

    /// Whether there is nothing of that name (`ENOENT`).
    public var isMissing: Bool { code == 2 }

    /// Whether there is no space, or none for this user (`ENOSPC`, `EDQUOT`).
    public var isOutOfSpace: Bool { code == 28 || code == 122 }
}

/// How a file is opened.
public enum FileMode: Sendable {
    case read
    /// Reading and writing of a file that exists.
    case update
    /// Reading and writing of a file that must not exist yet; mode 0600.
    case create
}

/// What stands behind a name.
public struct FileStatus: Hashable, Sendable {
    public let size: Int
    public let isDirectory: Bool

    public init(size: Int, isDirectory: Bool) {
        self.size = size
        self.isDirectory = isDirectory
    }
}

/// The outcome of asking for a lock.
public enum LockOutcome: Sendable {
    case held(any FileLock)
    /// Another process holds it; `holder` is what that process wrote into the file.
    case taken(holder: String)
}

/// A lock that is held until it is released or the process ends.
public protocol FileLock: Sendable {
    func release()
}

/// The files of one machine.
public protocol FileSystem: Sendable {
    func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File
    /// Nil if there is nothing of that name.
    func status(_ path: String) throws(FileError) -> FileStatus?
    /// Creates one directory, mode 0700; its parent must exist. An existing one is an error
    /// (`EEXIST`).
    func createDirectory(_ path: String) throws(FileError)
    /// Names in a directory, without `.` and `..`, sorted.
    func list(_ directory: String) throws(FileError) -> [String]
    /// Replaces what stands at `target`; durable after `syncDirectory`.
    func rename(_ source: String, to target: String) throws(FileError)
    /// Gives the file at `path` a second name; something of that name is an error (`EEXIST`).
    /// Durable after `syncDirectory` or `syncAll`.
    func link(_ path: String, as name: String) throws(FileError)
    func remove(_ path: String) throws(FileError)
    /// Makes creations, renames and removals in `directory` durable.
    func syncDirectory(_ directory: String) throws(FileError)
    /// Makes everything durable that was changed on the file system which holds `path` (`syncfs`):
    /// one flush for many files. After an error nothing is known of files written since the last.
    func syncAll(holding path: String) throws(FileError)
    /// Takes an exclusive lock on the file at `path`, creating it, and writes `holder` into it.
    func lock(_ path: String, holder: String) throws(FileError) -> LockOutcome
    /// Whether some process holds the lock on the file at `path`.
    func isLocked(_ path: String) throws(FileError) -> Bool
}

/// An open file. Reads and writes may come from several threads.
public protocol File: AnyObject, Sendable {
    var path: String { get }
    func size() throws(FileError) -> Int
    /// Fills `target` from `offset`; fewer bytes only at the end of the file.
    func read(
        into target: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int
    /// Writes all of `bytes` at `offset`.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError)
    /// Makes what was written durable (`fdatasync`). After an error nothing about the file is
    /// known any more.
    func sync() throws(FileError)
    func truncate(to size: Int) throws(FileError)
    /// Harmless when repeated.
    func close()
}

extension File {
    /// Up to `count` bytes from `offset`; fewer only at the end of the file.
    public func read(_ count: Int, at offset: Int) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(FileError) {
                filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes all of `bytes` at `offset`.
    public func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        let failure = bytes.withUnsafeBytes { buffer -> FileError? in
            do throws(FileError) {
                try write(buffer, at: offset)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}
