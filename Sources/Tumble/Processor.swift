import ByteCoding
import Journal
import Platform

/// The processor as a step function: no clock, no thread, no disk.
///
/// It decides, encodes and applies in one synchronous step, so that what it checked stays true.
package struct Processor<M: Machine> {
    let machine: M
    package internal(set) var state: M.State
    package private(set) var pending: [RecordNumber: PendingMutation<M>] = [:]
    private var names: [MutationName: RecordNumber] = [:]
    private var deadlines = DeadlineQueue()
    /// The order-free sum of the machine's entities and of what is pending.
    private var pendingDigest = StateDigest()
    package private(set) var lastRecord: RecordNumber
    private(set) var refused = RefusedMutations()
    private var recordsSinceDigest = 0
    var answers = Answers<M.Subject>()
    /// What is due and waits for what it reads to come to memory.
    var waiting: [WaitingDeadline<M>] = []
    /// The records of the decision in hand and their payloads; kept, so that their room is.
    private var encoded: [EncodedRecord] = []
    private var payloads: [UInt8] = []

    /// Records between two journaled digests.
    static var digestInterval: Int { 100_000 }

    package init(_ machine: M, _ snapshot: Snapshot<M>) {
        self.machine = machine
        state = snapshot.state
        lastRecord = snapshot.reached
        for mutation in snapshot.pending { enter(mutation) }
    }

    package var digest: StateDigest {
        var sum = machine.digest(of: state)
        sum += pendingDigest
        return sum
    }

    /// When the next deadline comes due that is not held.
    package mutating func nextDeadline(holdsDestruction: Bool) -> Timestamp? {
        let pending = pending
        return deadlines.next(holdingDestruction: holdsDestruction) { pending[$0] != nil }
    }

    mutating func restore(_ run: Run) { machine.restore(run, in: &state) }
}

// Deciding.
extension Processor {
    /// What came of one mutation.
    package enum Step {
        case done(M.Reply)
        case refused(M.Rejection)
        /// What it reads is not in memory; nothing happened.
        case missing([M.Subject])
        /// It does not fit what is left of the commit; nothing happened.
        case commitFull
    }

    /// Decides about a client's mutation and, if it is not refused, journals and applies it.
    package mutating func decide(
        _ mutation: M.Mutation, at now: Timestamp, into builder: CommitBuilder,
        _ commit: inout CommitContent<M>
    ) -> Step {
        let missing = answers.open(machine.missing(for: mutation, in: state))
        guard missing.isEmpty else { return .missing(missing) }
        let decision: Decision<M>
        do throws(M.Rejection) {
            decision = try machine.decide(
                mutation, in: state, at: now, next: builder.nextRecord)
        } catch {
            return .refused(error)
        }
        guard journal(decision, fired: nil, into: builder, &commit) else { return .commitFull }
        return .done(decision.reply)
    }

    /// Fires what is due, at most `limit` of them; false if the commit had no room for one more.
    package mutating func fireDue(
        at now: Timestamp, limit: Int, holdsDestruction: Bool, into builder: CommitBuilder,
        _ commit: inout CommitContent<M>
    ) -> Bool {
        for _ in 0..<limit {
            guard
                let id = popDue(at: now, holdsDestruction),
                let mutation = pending[id]?.scheduled.mutation
            else { return true }
            let missing = answers.open(machine.missing(for: mutation, in: state))
            guard missing.isEmpty else {
                waiting.append(WaitingDeadline(id: id, subjects: missing))
                continue
            }
            guard fire(id, mutation, at: now, into: builder, &commit) else {
                queue(id)
                return false
            }
        }
        return true
    }

    private mutating func fire(
        _ id: RecordNumber, _ mutation: M.Mutation, at now: Timestamp,
        into builder: CommitBuilder, _ commit: inout CommitContent<M>
    ) -> Bool {
        do throws(M.Rejection) {
            // The record of firing comes first, then what the mutation did.
            let decision = try machine.decide(
                mutation, in: state, at: now, next: builder.nextRecord.next)
            return journal(decision, fired: .fired(id: id, refused: nil), into: builder, &commit)
        } catch {
            let reason = "\(error)"
            let root = pending[id]?.scheduled.root
            guard
                journalProcessorEvents(
                    [.fired(id: id, refused: reason)], into: builder, &commit)
            else { return false }
            refused.note(id: id, root: root, reason: reason)
            return true
        }
    }

    private mutating func popDue(
        at now: Timestamp, _ holdsDestruction: Bool
    ) -> RecordNumber? {
        let pending = pending
        let now = DeliberateFault.fireEarly.isOn ? now.adding(.seconds(250)) : now
        return deadlines.popDue(at: now, holdingDestruction: holdsDestruction) {
            pending[$0] != nil
        }
    }

    mutating func queue(_ id: RecordNumber) {
        guard let scheduled = pending[id]?.scheduled else { return }
        deadlines.insert(
            id, due: scheduled.due, highPriority: scheduled.highPriority,
            destroys: machine.isDestructive(scheduled.mutation))
    }

    /// Ends the commit's records, with a digest now and then.
    package mutating func finish(into builder: CommitBuilder, _ commit: inout CommitContent<M>) {
        recordsSinceDigest += commit.records
        guard recordsSinceDigest >= Self.digestInterval else { return }
        let event = ProcessorEvent<M>.digest(digest, version: machine.digestVersion)
        if journalProcessorEvents([event], into: builder, &commit) {
            recordsSinceDigest = 0
        }
    }

    /// Journals that an operator accepted the clock.
    package mutating func resetClock(
        to time: Timestamp, into builder: CommitBuilder, _ commit: inout CommitContent<M>
    ) {
        _ = journalProcessorEvents([.clockReset(to: time)], into: builder, &commit)
    }
}

// Journaling.
extension Processor {
    private mutating func journalProcessorEvents(
        _ events: [ProcessorEvent<M>], into builder: CommitBuilder,
        _ commit: inout CommitContent<M>
    ) -> Bool {
        beginRecords()
        for event in events { encode(event) }
        guard addRecords(to: builder, &commit) else { return false }
        for event in events { settle(event, &commit) }
        return true
    }

    /// Adds a decision's records, all or none, and applies them.
    private mutating func journal(
        _ decision: Decision<M>, fired: ProcessorEvent<M>?, into builder: CommitBuilder,
        _ commit: inout CommitContent<M>
    ) -> Bool {
        let first = builder.nextRecord
        beginRecords()
        if let fired { encode(fired) }
        let firstEvent = first.advanced(by: encoded.count)
        for event in decision.events { encode(event) }
        let firstFollowOn = first.advanced(by: encoded.count)
        var followOns: [ProcessorEvent<M>] = []
        for (index, scheduled) in decision.schedule.enumerated() {
            followOns.append(.scheduled(id: firstFollowOn.advanced(by: index), scheduled))
        }
        for name in decision.cancel {
            if let id = names[name] { followOns.append(.cancelled(id: id)) }
        }
        for event in followOns { encode(event) }
        guard addRecords(to: builder, &commit) else { return false }
        if let fired { settle(fired, &commit) }
        for (index, event) in decision.events.enumerated() {
            applyFresh(event, numbered: firstEvent.advanced(by: index), &commit)
        }
        for event in followOns { settle(event, &commit) }
        commit.effects += decision.effects
        return true
    }

    private mutating func applyFresh(
        _ event: M.Event, numbered number: RecordNumber, _ commit: inout CommitContent<M>
    ) {
        do throws(Misfit) {
            try machine.apply(event, numbered: number, to: &state)
        } catch {
            preconditionFailure("what was just decided fits the state: \(error.reason)")
        }
        commit.events.append((number, event))
    }

    private mutating func beginRecords() {
        encoded.removeAll(keepingCapacity: true)
        // The room of an unusually large decision is given back.
        payloads.removeAll(keepingCapacity: payloads.count <= 1 << 20)
    }

    private mutating func encode(_ event: M.Event) {
        let start = payloads.count
        let (kind, version, form) = machine.encode(event, into: &payloads)
        encoded.append(
            EncodedRecord(
                kind: kind, version: version, form: form, payload: start..<payloads.count,
                run: machine.run(of: event)))
    }

    private mutating func encode(_ event: ProcessorEvent<M>) {
        let start = payloads.count
        let kind = event.encode(into: &payloads, machine)
        encoded.append(
            EncodedRecord(
                kind: kind, version: event.version, form: .plain, payload: start..<payloads.count,
                run: nil))
    }

    private mutating func addRecords(
        to builder: CommitBuilder, _ commit: inout CommitContent<M>
    ) -> Bool {
        guard builder.hasRoom(forPayloads: payloads.count, records: encoded.count) else {
            return false
        }
        for record in encoded {
            do throws(JournalError) {
                try builder.add(
                    kind: record.kind, version: record.version, payload: payloads[record.payload],
                    form: record.form, run: record.run)
            } catch {
                preconditionFailure("the builder has the room it said it has: \(error)")
            }
        }
        commit.records += encoded.count
        lastRecord = RecordNumber(rawValue: builder.nextRecord.rawValue - 1)
        return true
    }
}

// Pending mutations.
extension Processor {
    /// Applies one of the processor's own events.
    private mutating func settle(_ event: ProcessorEvent<M>, _ commit: inout CommitContent<M>) {
        switch event {
        case .scheduled(let id, let scheduled):
            if let name = scheduled.name, let old = names[name] {
                leave(old)
                commit.processor.append(.cancelled(id: old))
            }
            if DeliberateFault.forgetTimer.isOn, id.rawValue % 16 == 0 { return }
            enter(PendingMutation(id: id, scheduled: scheduled, attempts: 0))
        case .fired(let id, _) where DeliberateFault.fireTwice.isOn && id.rawValue % 16 == 0:
            queue(id)
        case .cancelled(let id), .fired(let id, _): leave(id)
        case .digest, .clockReset: break
        }
        commit.processor.append(event)
    }

    private mutating func enter(_ mutation: PendingMutation<M>) {
        pending[mutation.id] = mutation
        if let name = mutation.scheduled.name { names[name] = mutation.id }
        pendingDigest.add(digestEncoding(mutation))
        queue(mutation.id)
    }

    private mutating func leave(_ id: RecordNumber) {
        guard let mutation = pending.removeValue(forKey: id) else { return }
        pendingDigest.remove(digestEncoding(mutation))
        if let name = mutation.scheduled.name, names[name] == id { names[name] = nil }
        compactDeadlines()
    }

    private mutating func compactDeadlines() {
        let pending = pending
        deadlines.compact(live: pending.count) { pending[$0] != nil }
    }

    private func digestEncoding(_ mutation: PendingMutation<M>) -> [UInt8] {
        var bytes: [UInt8] = Array("pending".utf8)
        bytes.appendVarint(mutation.id.rawValue)
        _ = ProcessorEvent.scheduled(id: mutation.id, mutation.scheduled)
            .encode(into: &bytes, machine)
        return bytes
    }
}

// Replay: the same road, entered at the journal.
extension Processor {
    /// Applies one record; nothing fires and nothing is decided.
    ///
    /// - Returns: what must come to memory first; then nothing was done, and it is to be replayed
    ///   again.
    mutating func replay(
        _ record: Record, _ commit: inout CommitContent<M>
    ) throws(Misfit) -> [M.Subject] {
        defer { lastRecord = max(lastRecord, record.number) }
        if record.kind == .index { return [] }
        if ProcessorRecordKind.all.contains(record.kind.rawValue) {
            let event = try ProcessorEvent<M>(decoding: record, machine)
            if case .digest(let journaled, let version) = event,
                var sum = machine.digest(of: state, version: version)
            {
                sum += pendingDigest
                guard journaled == sum else {
                    throw Misfit("the state's digest is \(sum), the journal says \(journaled)")
                }
            }
            settle(event, &commit)
            return []
        }
        let event = try machine.decode(record)
        let missing = answers.open(machine.missing(for: event, in: state))
        guard missing.isEmpty else { return missing }
        try machine.apply(event, numbered: record.number, to: &state)
        commit.events.append((record.number, event))
        return []
    }
}

/// What a commit gathers while it is decided.
package struct CommitContent<M: Machine> {
    var records = 0
    var events: [(number: RecordNumber, event: M.Event)] = []
    var processor: [ProcessorEvent<M>] = []
    /// What is to be done outside once the commit is durable.
    package internal(set) var effects: [M.Effect] = []

    package init() {}

    /// What readers are told of the commit that was made of it, once that is durable; where its
    /// items are, the sink says.
    package func durable(as commit: SealedCommit) -> DurableCommit<M> {
        DurableCommit(
            first: commit.first, last: commit.last, time: commit.time, events: events,
            processor: processor, runs: [])
    }
}

/// A record before it has a number.
private struct EncodedRecord {
    let kind: RecordKind
    let version: UInt8
    let form: RecordForm
    /// Its place among the payloads of the decision.
    let payload: Range<Int>
    let run: Run?
}

/// The last scheduled mutations that the machine refused when they fired, for operators.
public struct RefusedMutations: Sendable {
    public struct Refusal: Hashable, Sendable {
        public let id: RecordNumber
        public let root: MutationRoot?
        public let reason: String
    }

    /// So many are remembered; all are in the journal.
    static let limit = 100
    public private(set) var recent: [Refusal] = []
    public private(set) var count = 0

    mutating func note(id: RecordNumber, root: MutationRoot?, reason: String) {
        count += 1
        recent.append(Refusal(id: id, root: root, reason: reason))
        if recent.count > Self.limit { recent.removeFirst() }
    }
}
