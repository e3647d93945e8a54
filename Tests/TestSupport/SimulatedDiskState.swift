import Foundation
import Platform

/// The content of a simulated disk, and what of it is not durable yet.
struct SimulatedDiskState {
    struct Node {
        var isDirectory: Bool
        /// What readers see.
        var live: [UInt8] = []
        /// What survives a crash for sure.
        var durable: [UInt8] = []
        /// What leads from `durable` to `live`, in order.
        var pending: [Write] = []
        /// Syncs of it that failed.
        var failures = 0
    }

    enum Write {
        case bytes([UInt8], offset: Int)
        case truncate(size: Int)
    }

    enum NameChange {
        case link(String, Int)
        case unlink(String)
        case rename(String, String)

        /// The directory whose sync makes it durable.
        var directory: String {
            switch self {
            case .link(let path, _), .unlink(let path), .rename(_, let path):
                SimulatedDiskState.parent(of: path)
            }
        }
    }

    struct Fault {
        let change: SimulatedDisk.Change
        var skipping: Int
        let isSticky: Bool
        let code: Int32
        let seed: UInt64
    }

    var nodes: [Int: Node] = [:]
    var names: [String: Int] = [:]
    var durableNames: [String: Int] = [:]
    var pendingNames: [NameChange] = []
    var locks: Set<String> = []
    var changes = 0
    var syncs = 0
    var powerLossAt: Int?
    var faults: [Fault] = []
    /// Faults that have come true.
    var struck = 0
    var capacity: Int?
    private var nextNode = 1

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    func checkParent(of path: String) throws(FileError) {
        guard let id = names[Self.parent(of: path)], nodes[id]?.isDirectory == true else {
            throw FileError("open", path, code: ENOENT)
        }
    }

    mutating func addNode(isDirectory: Bool) -> Int {
        defer { nextNode += 1 }
        nodes[nextNode] = Node(isDirectory: isDirectory)
        return nextNode
    }

    mutating func createDirectory(_ path: String) {
        perform(.link(path, addNode(isDirectory: true)))
    }

    // MARK: faults

    /// Counts a change, and throws if power is lost or a fault is due.
    mutating func check(
        _ change: SimulatedDisk.Change?, _ operation: String, _ path: String,
        _ failing: (inout SimulatedDiskState, Fault) -> Void
    ) throws(FileError) {
        if let powerLossAt, changes >= powerLossAt, change != nil || changes > powerLossAt {
            changes += 1
            throw FileError(operation, path, code: EIO)
        }
        guard let change else { return }
        changes += 1
        if [.sync, .syncDirectory, .syncAll].contains(change) { syncs += 1 }
        guard let index = faults.firstIndex(where: { $0.change == change }) else { return }
        guard faults[index].skipping == 0 else {
            faults[index].skipping -= 1
            return
        }
        let fault = faults[index]
        if !fault.isSticky { faults.remove(at: index) }
        struck += 1
        failing(&self, fault)
        throw FileError(operation, path, code: fault.code)
    }

    /// After a failed sync some of the data has arrived and the rest never will.
    mutating func loseAtRandom(_ id: Int, _ seed: UInt64) {
        guard let node = nodes[id] else { return }
        var numbers = SeededNumbers(seed: seed)
        nodes[id]?.durable = Self.survivors(of: node, &numbers)
        nodes[id]?.pending = []
        nodes[id]?.failures += 1
    }

    /// A write that fails may have done a part of its work.
    mutating func writeBeginning(
        of bytes: [UInt8], to id: Int, at offset: Int, _ path: String, seed: UInt64
    ) {
        var numbers = SeededNumbers(seed: seed)
        let count = Int(numbers.next() % UInt64(bytes.count + 1))
        // Without room for it not even that is there.
        do throws(FileError) {
            try write(Array(bytes.prefix(count)), to: id, at: offset, path)
        } catch { return }
    }

    func withoutFaults() -> SimulatedDiskState {
        var copy = self
        copy.locks = []
        copy.changes = 0
        copy.powerLossAt = nil
        copy.faults = []
        copy.struck = 0
        copy.capacity = nil
        return copy
    }

    // MARK: files

    mutating func write(
        _ bytes: [UInt8], to id: Int, at offset: Int, _ path: String
    ) throws(FileError) {
        guard let size = nodes[id]?.live.count else {
            throw FileError("write", path, code: EBADF)
        }
        let growth = max(0, offset + bytes.count - size)
        if let capacity, growth > 0 {
            let used = names.values.reduce(0) { $0 + (nodes[$1]?.live.count ?? 0) }
            guard used + growth <= capacity else {
                throw FileError("write \(bytes.count) bytes to", path, code: ENOSPC)
            }
        }
        Self.apply(.bytes(bytes, offset: offset), to: &nodes[id, default: Self.gone].live)
        nodes[id]?.pending.append(.bytes(bytes, offset: offset))
    }

    mutating func truncate(_ id: Int, to size: Int) {
        Self.apply(.truncate(size: size), to: &nodes[id, default: Self.gone].live)
        nodes[id]?.pending.append(.truncate(size: size))
    }

    mutating func settle(_ id: Int) {
        guard var node = nodes[id] else { return }
        for write in node.pending { Self.apply(write, to: &node.durable) }
        node.pending = []
        nodes[id] = node
    }

    private static var gone: Node { Node(isDirectory: false) }

    private static func apply(_ write: Write, to content: inout [UInt8]) {
        switch write {
        case .bytes(let bytes, let offset):
            grow(&content, to: offset + bytes.count)
            content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        case .truncate(let size):
            grow(&content, to: size)
            content.removeLast(content.count - size)
        }
    }

    private static func grow(_ content: inout [UInt8], to size: Int) {
        guard content.count < size else { return }
        content += [UInt8](repeating: 0, count: size - content.count)
    }

    // MARK: names

    mutating func perform(_ change: NameChange) {
        Self.apply(change, to: &names)
        pendingNames.append(change)
    }

    mutating func settleNames(in directory: String) {
        for change in pendingNames where change.directory == directory {
            Self.apply(change, to: &durableNames)
        }
        pendingNames.removeAll { $0.directory == directory }
    }

    mutating func settleAll() {
        for change in pendingNames { Self.apply(change, to: &durableNames) }
        pendingNames = []
    }

    private static func apply(_ change: NameChange, to names: inout [String: Int]) {
        switch change {
        case .link(let path, let id): names[path] = id
        case .unlink(let path): names[path] = nil
        case .rename(let source, let target):
            // The source is gone if its creation did not survive.
            guard let id = names.removeValue(forKey: source) else { return }
            names[target] = id
        }
    }

    // MARK: crashes

    func afterCrash(seed: UInt64) -> SimulatedDiskState {
        var numbers = SeededNumbers(seed: seed)
        var after = withoutFaults()
        for id in nodes.keys.sorted() {
            guard let node = nodes[id] else { continue }
            let content = Self.survivors(of: node, &numbers)
            after.nodes[id] = Node(
                isDirectory: node.isDirectory, live: content, durable: content)
        }
        var names = durableNames
        var cut: Set<String> = []
        for change in pendingNames where !cut.contains(change.directory) {
            if numbers.next() % 3 == 0 {
                cut.insert(change.directory)
            } else {
                Self.apply(change, to: &names)
            }
        }
        // What is in a directory that did not survive is gone with it; parents come first.
        for path in names.keys.sorted() where names[Self.parent(of: path)] == nil {
            names[path] = nil
        }
        after.names = names
        after.durableNames = names
        after.pendingNames = []
        return after
    }

    /// Some crashes lose all that is pending, some nothing, the others some sectors.
    private static func survivors(of node: Node, _ numbers: inout SeededNumbers) -> [UInt8] {
        var content = node.durable
        let mood = numbers.next() % 4
        for write in node.pending {
            if mood == 0 { break }
            guard mood != 1 else {
                apply(write, to: &content)
                continue
            }
            switch write {
            case .truncate: if numbers.next() % 2 == 0 { apply(write, to: &content) }
            case .bytes(let bytes, let offset):
                var start = offset
                while start < offset + bytes.count {
                    let next = (start / SimulatedDisk.sector + 1) * SimulatedDisk.sector
                    let end = min(next, offset + bytes.count)
                    if numbers.next() % 2 == 0 {
                        let part = Array(bytes[start - offset..<end - offset])
                        apply(.bytes(part, offset: start), to: &content)
                    }
                    start = end
                }
            }
        }
        return content
    }
}
