import Foundation
import Platform

/// A disk in memory that knows what is durable and what is only written, and can lose power.
///
/// What was written since a file's last sync survives a crash sector by sector, as the seed has
/// it; of the creations, renames and removals since a directory's last sync a beginning survives.
/// Stricter than any disk: the data of a file says nothing of its name.
public final class SimulatedDisk: FileSystem {
    /// What changes the disk; counted, so that a test can lose power before any of them.
    public enum Change: Hashable, Sendable, CaseIterable {
        case create
        case write
        case sync
        case truncate
        case rename
        case remove
        case createDirectory
        case syncDirectory
        case link
        case syncAll
    }

    /// The sector that is written whole or not at all.
    static let sector = 512

    let state: Lock<SimulatedDiskState>
    private let watcher = Lock<Watcher?>(nil)

    /// Is told of each change just before it happens, with the path; may use the disk.
    public typealias Watcher = @Sendable (Change, String) -> Void

    public convenience init() {
        var state = SimulatedDiskState()
        state.createDirectory("/")
        state.settleAll()
        self.init(state)
    }

    private init(_ state: SimulatedDiskState) { self.state = Lock(state) }

    /// An independent disk with the same content, without faults and locks: what is found after
    /// the process died. What it had not synced is still to be seen, and not durable.
    public func copy() -> SimulatedDisk {
        SimulatedDisk(state.withLock { $0.withoutFaults() })
    }

    /// What is found after the power came back.
    public func afterCrash(seed: UInt64) -> SimulatedDisk {
        SimulatedDisk(state.withLock { $0.afterCrash(seed: seed) })
    }

    /// Changes so far, also those that failed.
    public var changeCount: Int { state.withLock { $0.changes } }

    /// Syncs so far, of files, directories or everything.
    public var syncCount: Int { state.withLock { $0.syncs } }

    /// Loses power before change number `number` (from 0): it and everything after it fails.
    public func losePower(beforeChange number: Int) {
        state.withLock { $0.powerLossAt = number }
    }

    /// Lets the next change of a kind fail, after `skipping` more of it; with `sticky` all that
    /// follow as well. A failed write leaves a beginning of it. A failed sync leaves it open what
    /// of the data arrives, though readers see all of it; a later one does not bring it back.
    public func fail(
        _ change: Change, skipping: Int = 0, sticky: Bool = false, code: Int32, seed: UInt64 = 1
    ) {
        state.withLock { state in
            state.faults.append(
                .init(
                    change: change, skipping: skipping, isSticky: sticky, code: code, seed: seed))
        }
    }

    /// Takes back every failure that is still to come.
    public func heal() { state.withLock { $0.faults = [] } }

    /// Lets `watcher` be told of changes from now on.
    public func watch(_ watcher: Watcher?) { self.watcher.withLock { $0 = watcher } }

    /// Whether a write or a sync may fail, or has failed, for another reason than want of room.
    public var isTroubled: Bool {
        state.withLock { $0.powerLossAt != nil || !$0.faults.isEmpty || $0.struck > 0 }
    }

    /// How many bytes all files may have together; more is `ENOSPC`.
    public func limit(to bytes: Int?) { state.withLock { $0.capacity = bytes } }

    /// The files that are there, with their content.
    public var files: [String: [UInt8]] {
        state.withLock { state in
            state.names.compactMapValues { id in
                state.nodes[id].flatMap { $0.isDirectory ? nil : $0.live }
            }
        }
    }

    /// Changes a file behind everybody's back, durably.
    public func damage(_ path: String, _ body: (inout [UInt8]) -> Void) {
        state.withLock { state in
            guard let id = state.names[path], var node = state.nodes[id] else { return }
            body(&node.live)
            node.durable = node.live
            node.pending = []
            state.nodes[id] = node
        }
    }

    /// Takes a file away behind everybody's back, durably.
    public func take(_ path: String) {
        state.withLock { state in
            state.names[path] = nil
            state.durableNames[path] = nil
        }
    }

    /// Puts a file there, durably.
    public func put(_ bytes: [UInt8], at path: String) {
        state.withLock { state in
            let id = state.addNode(isDirectory: false)
            state.names[path] = id
            state.durableNames[path] = id
        }
        damage(path) { $0 = bytes }
    }
}

// The door.
extension SimulatedDisk {
    public func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        try attempt(mode == .create ? .create : nil, "open", path) { state throws(FileError) in
            switch mode {
            case .create:
                guard state.names[path] == nil else { throw FileError("open", path, code: EEXIST) }
                try state.checkParent(of: path)
                let id = state.addNode(isDirectory: false)
                state.perform(.link(path, id))
                return SimulatedFile(path, id, self, failures: 0)
            case .read, .update:
                guard let id = state.names[path] else {
                    throw FileError("open", path, code: ENOENT)
                }
                return SimulatedFile(
                    path, id, self, failures: state.nodes[id]?.failures ?? 0)
            }
        }
    }

    public func status(_ path: String) throws(FileError) -> FileStatus? {
        try attempt(nil, "stat", path) { state throws(FileError) in
            state.names[path].flatMap { state.nodes[$0] }.map {
                FileStatus(size: $0.live.count, isDirectory: $0.isDirectory)
            }
        }
    }

    public func createDirectory(_ path: String) throws(FileError) {
        try attempt(.createDirectory, "mkdir", path) { state throws(FileError) in
            guard state.names[path] == nil else { throw FileError("mkdir", path, code: EEXIST) }
            try state.checkParent(of: path)
            state.createDirectory(path)
        }
    }

    public func list(_ directory: String) throws(FileError) -> [String] {
        try attempt(nil, "list", directory) { state throws(FileError) in
            guard state.names[directory] != nil else {
                throw FileError("list", directory, code: ENOENT)
            }
            return state.names.keys
                .filter { SimulatedDiskState.parent(of: $0) == directory && $0 != directory }
                .map { String($0.split(separator: "/").last ?? "") }.sorted()
        }
    }

    public func rename(_ source: String, to target: String) throws(FileError) {
        try attempt(.rename, "rename", source) { state throws(FileError) in
            guard state.names[source] != nil else {
                throw FileError("rename", source, code: ENOENT)
            }
            try state.checkParent(of: target)
            state.perform(.rename(source, target))
        }
    }

    public func link(_ path: String, as name: String) throws(FileError) {
        try attempt(.link, "link", name) { state throws(FileError) in
            guard let id = state.names[path] else {
                throw FileError("link", path, code: ENOENT)
            }
            guard state.names[name] == nil else { throw FileError("link", name, code: EEXIST) }
            try state.checkParent(of: name)
            state.perform(.link(name, id))
        }
    }

    public func remove(_ path: String) throws(FileError) {
        try attempt(.remove, "remove", path) { state throws(FileError) in
            guard state.names[path] != nil else { throw FileError("remove", path, code: ENOENT) }
            state.perform(.unlink(path))
        }
    }

    public func syncDirectory(_ directory: String) throws(FileError) {
        try attempt(.syncDirectory, "sync", directory) { state throws(FileError) in
            state.settleNames(in: directory)
        }
    }

    public func syncAll(holding path: String) throws(FileError) {
        try attempt(.syncAll, "sync", path) { state throws(FileError) in
            for id in state.nodes.keys { state.settle(id) }
            state.settleAll()
        }
    }

    public func lock(_ path: String, holder: String) throws(FileError) -> LockOutcome {
        try attempt(nil, "lock", path) { state throws(FileError) in
            if state.locks.contains(path) {
                let id = state.names[path]
                let holder = id.flatMap { state.nodes[$0]?.live } ?? []
                return .taken(holder: String(decoding: holder, as: UTF8.self))
            }
            try state.checkParent(of: path)
            let id = state.names[path] ?? state.addNode(isDirectory: false)
            if state.names[path] == nil { state.perform(.link(path, id)) }
            state.nodes[id]?.live = Array(holder.utf8)
            state.locks.insert(path)
            return .held(SimulatedLock(path, self))
        }
    }

    public func isLocked(_ path: String) throws(FileError) -> Bool {
        state.withLock { $0.locks.contains(path) }
    }

    /// Runs `body` unless power is lost or a fault is due, which then does `failing`.
    func attempt<Result>(
        _ change: Change?, _ operation: String, _ path: String,
        _ body: (inout SimulatedDiskState) throws(FileError) -> Result,
        failing: (inout SimulatedDiskState, SimulatedDiskState.Fault) -> Void = { _, _ in }
    ) throws(FileError) -> Result {
        if let change, let watcher = watcher.withLock({ $0 }) { watcher(change, path) }
        return try state.withLock { state throws(FileError) in
            try state.check(change, operation, path, failing)
            return try body(&state)
        }
    }
}

/// A lock that falls with the disk it is on.
private final class SimulatedLock: FileLock {
    private let path: String
    private let disk: SimulatedDisk

    init(_ path: String, _ disk: SimulatedDisk) {
        self.path = path
        self.disk = disk
    }

    func release() { _ = disk.state.withLock { $0.locks.remove(path) } }
}

/// An open file of a simulated disk.
private final class SimulatedFile: File {
    let path: String
    private let id: Int
    private let disk: SimulatedDisk
    /// How many failures of the file this handle was told of, at its opening or since.
    private let failuresTold: Lock<Int>

    init(_ path: String, _ id: Int, _ disk: SimulatedDisk, failures: Int) {
        self.path = path
        self.id = id
        self.disk = disk
        failuresTold = Lock(failures)
    }

    func size() throws(FileError) -> Int {
        try disk.attempt(nil, "stat", path) { state throws(FileError) in
            state.nodes[id]?.live.count ?? 0
        }
    }

    func read(
        into target: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
        try disk.attempt(nil, "read", path) { state throws(FileError) in
            let content = state.nodes[id]?.live ?? []
            guard offset < content.count else { return 0 }
            let count = min(target.count, content.count - offset)
            target.copyBytes(from: content[offset..<offset + count])
            return count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        try disk.attempt(.write, "write", path) { state throws(FileError) in
            try state.write(Array(bytes), to: id, at: offset, path)
        } failing: { state, fault in
            state.writeBeginning(of: Array(bytes), to: id, at: offset, path, seed: fault.seed)
        }
    }

    func sync() throws(FileError) {
        try disk.attempt(.sync, "sync", path) { state throws(FileError) in
            let failures = state.nodes[id]?.failures ?? 0
            guard failuresTold.withLock({ $0 }) == failures else {
                // Another handle's sync failed: what was written through this one may be lost too.
                failuresTold.withLock { $0 = failures }
                throw FileError("sync", path, code: EIO)
            }
            state.settle(id)
        } failing: { state, fault in
            state.loseAtRandom(id, fault.seed)
            failuresTold.withLock { $0 = state.nodes[id]?.failures ?? 0 }
        }
    }

    func truncate(to size: Int) throws(FileError) {
        try disk.attempt(.truncate, "truncate", path) { state throws(FileError) in
            state.truncate(id, to: size)
        }
    }

    func close() {}
}
