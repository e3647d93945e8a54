import Platform

/// A file system whose segments cannot be read, or not be written, from the time on when a test
/// says so, and that tells of every file which is opened.
public final class FailingFiles: FileSystem {
    /// What fails.
    public enum Failure: Sendable {
        case reads
        case writes
    }

    private static let inputOutputError: Int32 = 5

    private let files: any FileSystem
    private let failures = Lock(Set<Failure>())
    private let onOpening: @Sendable (String) -> Void

    /// - Parameter onOpening: told each path before it is opened; the opener waits for it.
    public init(
        _ files: any FileSystem = SystemFileSystem(),
        onOpening: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.files = files
        self.onOpening = onOpening
    }

    public func fail(_ failure: Failure) { failures.withLock { _ = $0.insert(failure) } }

    fileprivate func check(
        _ failure: Failure, _ operation: String, _ path: String
    ) throws(FileError) {
        guard failures.withLock({ $0.contains(failure) }) else { return }
        throw FileError(operation, path, code: Self.inputOutputError)
    }

    public func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        onOpening(path)
        let file = try files.open(path, mode)
        return path.hasSuffix(".seg") ? FailingFile(file, self) : file
    }

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

/// A segment that cannot be used once its file system says so.
private final class FailingFile: File {
    private let file: any File
    private let owner: FailingFiles

    init(_ file: any File, _ owner: FailingFiles) {
        self.file = file
        self.owner = owner
    }

    var path: String { file.path }
    func size() throws(FileError) -> Int { try file.size() }

    func read(
        into target: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
        try owner.check(.reads, "read", path)
        return try file.read(into: target, at: offset)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        try owner.check(.writes, "write", path)
        try file.write(bytes, at: offset)
    }

    func sync() throws(FileError) {
        try owner.check(.writes, "sync", path)
        try file.sync()
    }

    func truncate(to size: Int) throws(FileError) { try file.truncate(to: size) }
    func close() { file.close() }
}
