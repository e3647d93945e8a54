import Platform
import StreamArchive

/// Archives a number of streams, group by group: all of a group are written and named, then made
/// durable together, read back, and reported together.
///
/// It may stop at any of these steps: what was written has no name or a name that only an attempt
/// of this very stream looks for, and the task comes back.
struct ArchiveBatch {
    let store: any ObjectStore
    let coordinator: any ArchivalCoordinator
    let options: ArchivistOptions
    let clock: any Clock
    let isStopping: @Sendable () -> Bool
    private(set) var outcome = Outcome()
    private let writing: ArchiveWriting

    /// - Parameter rest: called between two pieces of work, so that the program has its share.
    init(
        _ store: any ObjectStore, _ coordinator: any ArchivalCoordinator,
        _ options: ArchivistOptions, clock: any Clock,
        isStopping: @escaping @Sendable () -> Bool, rest: @escaping () -> Void
    ) {
        self.store = store
        self.coordinator = coordinator
        self.options = options
        self.clock = clock
        self.isStopping = isStopping
        writing = ArchiveWriting(
            store: store, coordinator: coordinator, isStopping: isStopping
        ) { ticket in
            // Whoever rests too long loses the task, and does it again and again.
            guard ticket.leaseEnd.since(clock.wall()) > options.lease / 2 else { return }
            rest()
        }
    }

    /// What became of it.
    struct Outcome {
        var archived = 0
        var bytes: UInt64 = 0
        /// Tasks given back, with reasons.
        var failures: [(task: String, reason: String)] = []
    }

    /// An archive that has its names.
    private struct Published {
        let draft: ArchiveDraft
        let names: ArchiveNames
        /// What else attempts of this stream have left.
        let leftovers: [ArchiveNames]
    }

    /// Does tasks; those whose lease has ended meanwhile are passed over.
    ///
    /// - Throws: if the Coordinator cannot be reached; all that is not reported comes back.
    mutating func run(_ tickets: [TaskTicket]) throws(CoordinatorTrouble) {
        var rest = tickets[...]
        while !rest.isEmpty {
            if isStopping() {
                for ticket in rest { try giveBack(ticket, "the archivist stops") }
                return
            }
            var begun: [TaskTicket] = []
            do {
                try runGroup(&rest, &begun)
            } catch let error as ObjectError {
                if begun.isEmpty {
                    begun = Array(rest)
                    rest = []
                }
                for ticket in begun { try giveBack(ticket, "\(error)") }
            } catch {
                throw error as? CoordinatorTrouble ?? CoordinatorTrouble("\(error)")
            }
        }
    }

    /// - Parameter begun: those that are lost with the group if the store fails.
    private mutating func runGroup(
        _ rest: inout ArraySlice<TaskTicket>, _ begun: inout [TaskTicket]
    ) throws {
        let group = try store.beginGroup()
        defer { group.end() }
        var drafts: [ArchiveDraft] = []
        var done: [TaskTicket] = []
        var bytes: UInt64 = 0
        while drafts.count < options.groupStreams, bytes < options.groupBytes,
            let ticket = rest.popFirst()
        {
            guard ticket.leaseEnd > clock.wall() else { continue }
            guard let assignment = try coordinator.load(ticket), !assignment.isArchived else {
                done.append(ticket)
                continue
            }
            guard let draft = try draft(assignment, into: group) else { continue }
            begun.append(ticket)
            drafts.append(draft)
            bytes += draft.content.entriesSize + draft.content.indexSize
            writing.rest(ticket)
        }
        var published: [Published] = []
        for draft in drafts {
            do throws(ObjectError) {
                published.append(try publish(draft, in: group))
                writing.rest(draft.assignment.ticket)
            } catch {
                begun.removeAll { $0 == draft.assignment.ticket }
                try giveBack(draft.assignment.ticket, "\(error)")
            }
        }
        do throws(ObjectError) {
            try group.settle()
        } catch {
            remove(published.map(\.names))
            throw error
        }
        begun = []
        try report(try published.filter { try isIntact($0) }, done)
        if let last = drafts.last { writing.rest(last.assignment.ticket) }
    }

    private mutating func draft(
        _ assignment: Assignment, into group: any ObjectGroup
    ) throws -> ArchiveDraft? {
        var names: ArchiveNames?
        do throws(ArchivalFailure) {
            let free = try writing.freeNames(for: assignment)
            names = free.names
            return try writing.write(
                assignment, as: free.names, earlier: free.earlier,
                options.sparsity(assignment.ticket.project), into: group)
        } catch {
            switch error {
            case .later(let reason): try giveBack(assignment.ticket, reason)
            case .permanent(let reason):
                guard let names else { preconditionFailure("nothing is lost before names are") }
                try reportFailure(assignment, names, reason)
            }
            return nil
        }
    }

    private func publish(
        _ draft: ArchiveDraft, in group: any ObjectGroup
    ) throws(ObjectError) -> Published {
        // What an earlier attempt left is not used, however whole it looks: nobody knows whether it
        // ever reached the disk.
        try group.publish(draft.entries)
        try group.publish(draft.index)
        return Published(draft: draft, names: draft.names, leftovers: draft.earlier)
    }

    private mutating func isIntact(_ published: Published) throws -> Bool {
        var reason = "the archive reads back differently from what was written"
        do throws(ObjectError) {
            if try writing.holds(published.draft, published.names) { return true }
        } catch {
            reason = "the archive does not read back: \(error)"
        }
        try giveBack(published.draft.assignment.ticket, reason)
        // Nothing refers to it, and nobody may come for this task again: a second archivist may
        // have found one of the two, taken it for a leftover, and be done by now.
        remove([published.names])
        return false
    }

    private mutating func giveBack(
        _ ticket: TaskTicket, _ reason: String
    ) throws(CoordinatorTrouble) {
        outcome.failures.append((ticket.task, reason))
        try coordinator.giveBack(ticket, because: reason)
    }
}

// Reporting.
extension ArchiveBatch {
    private mutating func report(
        _ published: [Published], _ alreadyDone: [TaskTicket]
    ) throws(CoordinatorTrouble) {
        var done = alreadyDone
        let outcomes = published.isEmpty ? [] : try coordinator.report(published.map(report))
        for (archive, outcome) in zip(published, outcomes) {
            let ticket = archive.draft.assignment.ticket
            switch outcome {
            case .taken:
                self.outcome.archived += 1
                self.outcome.bytes += archive.draft.content.entriesSize
                done.append(ticket)
                remove(archive.leftovers)
            case .superseded, .gone:
                done.append(ticket)
                remove([archive.names])
            case .refused(let reason): try giveBack(ticket, reason)
            }
        }
        if !done.isEmpty { try coordinator.acknowledge(done) }
    }

    private func report(_ archive: Published) -> ArchiveReport {
        ArchiveReport(
            assignment: archive.draft.assignment, lastIndex: archive.draft.content.lastIndex,
            entryCount: archive.draft.content.entryCount,
            entriesURL: store.url(of: archive.names.entries),
            entriesSize: archive.draft.content.entriesSize,
            indexURL: store.url(of: archive.names.index),
            indexSize: archive.draft.content.indexSize, failure: "")
    }

    /// Reports a stream that can never be archived, as the original's archivist does.
    private mutating func reportFailure(
        _ assignment: Assignment, _ names: ArchiveNames, _ reason: String
    ) throws(CoordinatorTrouble) {
        outcome.failures.append((assignment.ticket.task, "given up: \(reason)"))
        _ = try coordinator.report([
            ArchiveReport(
                assignment: assignment, lastIndex: nil, entryCount: 0,
                entriesURL: store.url(of: names.entries), entriesSize: 0,
                indexURL: store.url(of: names.index), indexSize: 0, failure: reason)
        ])
        try coordinator.acknowledge([assignment.ticket])
    }

    /// Removes what nothing refers to; what cannot be removed stays, and is named.
    private mutating func remove(_ names: [ArchiveNames]) {
        for name in names.flatMap({ [$0.entries, $0.index] }) {
            do throws(ObjectError) {
                try store.remove(name)
            } catch {
                outcome.failures.append(("", "left behind: \(error)"))
            }
        }
    }
}
