import Journal

/// The tasks that may be handed out, in the order of the records that brought them here.
///
/// A task that is taken out of the middle leaves a gap, and gaps are closed once they are the
/// larger part; so every change costs a binary search at most, amortised.
struct ReadyQueue: Sendable {
    private struct Entry {
        let since: RecordNumber
        /// Nil for a gap.
        var task: TaskID?
    }

    /// Ascending by `since`.
    private var entries: [Entry] = []
    private var head = 0
    private(set) var count = 0

    /// Gaps below which nothing is closed up.
    private static let patience = 1024

    /// At the end; records only grow.
    mutating func append(_ task: TaskID, since: RecordNumber) {
        precondition(entries.last.map { $0.since <= since } ?? true, "records only grow")
        entries.append(Entry(since: since, task: task))
        count += 1
    }

    mutating func remove(_ task: TaskID, since: RecordNumber) {
        var index = firstEntry(since: since)
        while index < entries.count, entries[index].since == since {
            if entries[index].task == task {
                entries[index].task = nil
                count -= 1
                closeGaps()
                return
            }
            index += 1
        }
    }

    /// The first ones, `limit` at most.
    func first(_ limit: Int) -> [TaskID] {
        var tasks: [TaskID] = []
        var index = head
        while index < entries.count, tasks.count < limit {
            if let task = entries[index].task { tasks.append(task) }
            index += 1
        }
        return tasks
    }

    private mutating func closeGaps() {
        while head < entries.count, entries[head].task == nil { head += 1 }
        guard entries.count - count > max(count, Self.patience) else { return }
        entries.removeAll { $0.task == nil }
        head = 0
    }

    private func firstEntry(since: RecordNumber) -> Int {
        var low = head
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].since < since { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

// Two queues are equal if they hand out the same; gaps do not count.
extension ReadyQueue: Hashable {
    static func == (left: ReadyQueue, right: ReadyQueue) -> Bool {
        left.count == right.count && left.first(left.count) == right.first(right.count)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(first(count)) }
}
