import Platform

#if canImport(Glibc)
    import Glibc
#endif

/// A key of this server that is made once and kept.
enum SecretFile {
    /// The bytes of the file at `path`, which is made of fresh ones if it is not there; readable
    /// by its owner alone.
    static func load(
        _ path: String, length: Int, files: any FileSystem, randomness: any Randomness
    ) throws(StartFailure) -> [UInt8] {
        do throws(FileError) {
            if try files.status(path) == nil { try make(path, randomness.bytes(length), files) }
            let file = try files.open(path, .read)
            defer { file.close() }
            let bytes = try file.read(length + 1, at: 0)
            guard bytes.count == length else { throw FileError("read", path, code: EINVAL) }
            return bytes
        } catch {
            throw .inputOutput("\(error)")
        }
    }

    /// Under another name first, so that it is whole once it is there.
    private static func make(
        _ path: String, _ bytes: [UInt8], _ files: any FileSystem
    ) throws(FileError) {
        let new = "\(path).new"
        if try files.status(new) != nil { try files.remove(new) }
        let file = try files.open(new, .create)
        defer { file.close() }
        try file.write(bytes, at: 0)
        try file.sync()
        try files.rename(new, to: path)
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        try files.syncDirectory(directory)
    }
}
