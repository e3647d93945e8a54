import Foundation
import Platform

/// A disk that lies, or an engine that forgets to ask it: deliberate faults that need no more than
/// the door.
public enum DiskFault: String, CaseIterable, Sendable {
    case loseSyncs
    case loseDirectorySyncs
    case swapWrites
    case misplaceWrites
    case tearWrites
    case hideFailedSyncs
    case hideFailedWrites
    case hideFullDisk
    case forgetTruncates
    case hideLastSegment
}

/// A file system with one fault.
public struct FaultyFiles: ForwardingFiles {
    public let files: any FileSystem
    private let fault: DiskFault

    public init(_ files: any FileSystem, _ fault: DiskFault) {
        self.files = files
        self.fault = fault
    }

    public func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        let file = try files.open(path, mode)
        return path.hasSuffix(".seg") && mode != .read ? FaultyFile(file, fault) : file
    }

    public func list(_ directory: String) throws(FileError) -> [String] {
        var names = try files.list(directory)
        if fault == .hideLastSegment, names.count > 5,
            let last = names.lastIndex(where: { $0.hasSuffix(".seg") })
        {
            names.remove(at: last)
        }
        return names
    }

    public func syncDirectory(_ directory: String) throws(FileError) {
        if fault != .loseDirectorySyncs { try files.syncDirectory(directory) }
    }
}

/// A segment behind a faulty door.
private final class FaultyFile: File {
    private let file: any File
    private let fault: DiskFault
    private let state = Lock((writes: 0, held: [(bytes: [UInt8], offset: Int)]()))

    init(_ file: any File, _ fault: DiskFault) {
        self.file = file
        self.fault = fault
    }

    var path: String { file.path }
    func size() throws(FileError) -> Int { try file.size() }

    func read(
        into target: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
        try file.read(into: target, at: offset)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        let strikes = state.withLock { state in
            state.writes += 1
            return state.writes % 8 == 0
        }
        switch fault {
        case .swapWrites where strikes:
            state.withLock { $0.held.append((Array(bytes), offset)) }
            return
        case .misplaceWrites where strikes: try file.write(bytes, at: offset + 512)
        case .tearWrites where strikes:
            let half = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count / 2)])
            try file.write(half, at: offset)
        case .hideFailedWrites, .hideFullDisk:
            do throws(FileError) {
                try file.write(bytes, at: offset)
            } catch {
                if fault == .hideFullDisk, error.code != ENOSPC { throw error }
            }
        default: try file.write(bytes, at: offset)
        }
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for write in held { try file.write(write.bytes, at: write.offset) }
    }

    func sync() throws(FileError) {
        switch fault {
        case .loseSyncs: return
        case .hideFailedSyncs: do { try file.sync() } catch { return }
        default: try file.sync()
        }
    }

    func truncate(to size: Int) throws(FileError) {
        if fault != .forgetTruncates { try file.truncate(to: size) }
    }

    func close() { file.close() }
}
