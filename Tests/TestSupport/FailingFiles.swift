import Platform

/// A file system whose segments cannot be read, or not be written, from the time on when a test
/// says so, and that tells of every file which is opened.
public final class FailingFiles: ForwardingFiles {
    /// What fails.
    public enum Failure: Sendable {
        case reads
        case writes
    }

    private static let inputOutputError: Int32 = 5

    public let files: any FileSystem
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
