import CLinux

#if canImport(Glibc)
    import Glibc
#endif

/// The system's words for an error number.
public func systemErrorText(_ code: Int32) -> String { String(cString: strerror(code)) }

/// The files of this machine.
public struct SystemFileSystem: FileSystem {
    public init() {}

    public func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        let flags: Int32 =
            switch mode {
            case .read: O_RDONLY
            case .update: O_RDWR
            case .create: O_RDWR | O_CREAT | O_EXCL
            }
        let descriptor = retrying { Glibc.open(path, flags | O_CLOEXEC, 0o600) }
        guard descriptor >= 0 else { throw FileError("open", path, code: errno) }
        return SystemFile(descriptor: descriptor, path: path)
    }

    public func status(_ path: String) throws(FileError) -> FileStatus? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw FileError("stat", path, code: errno)
        }
        return FileStatus(
            size: Int(status.st_size), isDirectory: status.st_mode & S_IFMT == S_IFDIR)
    }

    public func createDirectory(_ path: String) throws(FileError) {
        guard mkdir(path, 0o700) == 0 else {
            throw FileError("create directory", path, code: errno)
        }
    }

    public func list(_ directory: String) throws(FileError) -> [String] {
        guard let stream = opendir(directory) else {
            throw FileError("list", directory, code: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw FileError("list", directory, code: errno) }
        return names.sorted()
    }

    public func rename(_ source: String, to target: String) throws(FileError) {
        guard Glibc.rename(source, target) == 0 else {
            throw FileError("rename", source, code: errno)
        }
    }

    public func link(_ path: String, as name: String) throws(FileError) {
        guard Glibc.link(path, name) == 0 else { throw FileError("link", name, code: errno) }
    }

    public func remove(_ path: String) throws(FileError) {
        guard Glibc.remove(path) == 0 else { throw FileError("remove", path, code: errno) }
    }

    public func syncDirectory(_ directory: String) throws(FileError) {
        let descriptor = retrying { Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw FileError("open", directory, code: errno) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError("sync", directory, code: errno) }
    }

    public func syncAll(holding path: String) throws(FileError) {
        let descriptor = retrying { Glibc.open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw FileError("open", path, code: errno) }
        defer { Glibc.close(descriptor) }
        guard syncfs(descriptor) == 0 else { throw FileError("sync", path, code: errno) }
    }

    public func lock(_ path: String, holder: String) throws(FileError) -> LockOutcome {
        let descriptor = retrying { Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
        guard descriptor >= 0 else { throw FileError("open", path, code: errno) }
        let file = SystemFile(descriptor: descriptor, path: path)
        guard WriteLock.take(descriptor) else {
            let code = errno
            defer { file.close() }
            guard code == EAGAIN || code == EACCES else {
                throw FileError("lock", path, code: code)
            }
            let text = try file.read(4096, at: 0)
            return .taken(holder: String(decoding: text, as: UTF8.self))
        }
        try file.truncate(to: 0)
        try file.write(Array(holder.utf8), at: 0)
        return .held(SystemFileLock(file: file))
    }

    public func isLocked(_ path: String) throws(FileError) -> Bool {
        let descriptor = retrying { Glibc.open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            if errno == ENOENT { return false }
            throw FileError("open", path, code: errno)
        }
        defer { Glibc.close(descriptor) }
        // Only asked for: a lock that is tried for a moment would refuse a server its start.
        guard let isTaken = WriteLock.isTaken(descriptor) else {
            throw FileError("lock", path, code: errno)
        }
        return isTaken
    }
}

/// A lock of a whole file that belongs to its open descriptor (`fcntl`, open file description).
///
/// Unlike `flock` it can be asked about without being taken.
private enum WriteLock {
    // Linux's numbers, the same on all machines; the C headers hide them from Swift.
    private static let ask: Int32 = 36
    private static let set: Int32 = 37

    private static var whole: flock {
        flock(
            l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
    }

    /// False, with `errno`, if it is taken already or cannot be had.
    static func take(_ descriptor: Int32) -> Bool {
        var lock = whole
        return retrying { fcntl(descriptor, set, &lock) } == 0
    }

    /// Whether somebody holds it; nil, with `errno`, if that cannot be said.
    static func isTaken(_ descriptor: Int32) -> Bool? {
        var lock = whole
        guard retrying({ fcntl(descriptor, ask, &lock) }) == 0 else { return nil }
        return lock.l_type != Int16(F_UNLCK)
    }
}

private struct SystemFileLock: FileLock {
    let file: SystemFile

    func release() { file.close() }
}

/// A file behind a descriptor.
///
/// `@unchecked Sendable`: the descriptor changes only in `close`, which the owner calls after the
/// last use; `pread`, `pwrite` and `fdatasync` are safe from any thread.
private final class SystemFile: File, @unchecked Sendable {
    let path: String
    private var descriptor: Int32

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close() }

    func size() throws(FileError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw FileError("stat", path, code: errno)
        }
        return Int(status.st_size)
    }

    func read(
        into target: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
        var done = 0
        while done < target.count {
            guard let base = target.baseAddress else { break }
            let count = retrying {
                pread(descriptor, base + done, target.count - done, off_t(offset + done))
            }
            guard count >= 0 else { throw FileError("read", path, code: errno) }
            if count == 0 { break }
            done += count
        }
        return done
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        var done = 0
        while done < bytes.count {
            guard let base = bytes.baseAddress else { break }
            let count = retrying {
                pwrite(descriptor, base + done, bytes.count - done, off_t(offset + done))
            }
            guard count >= 0 else {
                throw FileError("write \(bytes.count) bytes to", path, code: errno)
            }
            done += count
        }
    }

    func sync() throws(FileError) {
        // An interrupted sync may have dropped an error already: it is not tried again.
        guard fdatasync(descriptor) == 0 else { throw FileError("sync", path, code: errno) }
    }

    func truncate(to size: Int) throws(FileError) {
        guard retrying({ ftruncate(descriptor, off_t(size)) }) == 0 else {
            throw FileError("truncate", path, code: errno)
        }
    }

    func close() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }
}

private func retrying<Result: FixedWidthInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
