import Platform

/// A file system that passes on to another one what it does not do itself.
public protocol ForwardingFiles: FileSystem {
    var files: any FileSystem { get }
}

extension ForwardingFiles {
    public func status(_ path: String) throws(FileError) -> FileStatus? { try files.status(path) }
    public func createDirectory(_ path: String) throws(FileError) {
        try files.createDirectory(path)
    }
    public func list(_ directory: String) throws(FileError) -> [String] {
        try files.list(directory)
    }
    public func rename(_ source: String, to target: String) throws(FileError) {
        try files.rename(source, to: target)
    }
    public func link(_ path: String, as name: String) throws(FileError) {
        try files.link(path, as: name)
    }
    public func remove(_ path: String) throws(FileError) { try files.remove(path) }
    public func syncDirectory(_ directory: String) throws(FileError) {
        try files.syncDirectory(directory)
    }
    public func syncAll(holding path: String) throws(FileError) {
        try files.syncAll(holding: path)
    }
    public func lock(_ path: String, holder: String) throws(FileError) -> LockOutcome {
        try files.lock(path, holder: holder)
    }
    public func isLocked(_ path: String) throws(FileError) -> Bool { try files.isLocked(path) }
}
