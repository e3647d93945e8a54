import Foundation
import Journal
import Platform
import TestSupport
import Testing

@testable import Tumble

/// Records that do not fit, and processor records that are none.
@Suite struct ReplayTests {
    private static func record(
        _ kind: RecordKind, version: UInt8 = 1, _ payload: [UInt8], number: UInt64 = 1
    ) -> Record {
        Record(
            number: RecordNumber(rawValue: number), kind: kind, version: version,
            payload: payload[...])
    }

    @Test func `an ill-formed record of the processor is refused and says why`() {
        let cases: [(Record, String)] = [
            (Self.record(ProcessorRecordKind.scheduled, [1]), "ill-formed"),
            (Self.record(ProcessorRecordKind.scheduled, []), "ill-formed"),
            (Self.record(ProcessorRecordKind.cancelled, [0x80]), "ill-formed"),
            (Self.record(ProcessorRecordKind.fired, [1]), "ill-formed"),
            (Self.record(ProcessorRecordKind.fired, [1, 1, 9]), "ill-formed"),
            (Self.record(ProcessorRecordKind.digest, [1, 2]), "ill-formed"),
            (Self.record(ProcessorRecordKind.clockReset, [1]), "ill-formed"),
            (Self.record(ProcessorRecordKind.fired, version: 9, [1, 0, 0]), "version 9"),
            (Self.record(RecordKind(rawValue: 31), []), "kind 31"),
        ]
        for (record, reason) in cases {
            do throws(Misfit) {
                _ = try ProcessorEvent<CounterMachine>(decoding: record, CounterMachine())
                Issue.record("\(record) is taken")
            } catch {
                #expect(error.reason.contains(reason), "\(error.reason)")
            }
        }
    }

    @Test
    func `a digest that is another is a misfit, and one of an unknown version is passed over`()
        throws
    {
        let machine = CounterMachine()
        var processor = Processor(machine, .initial(machine))
        var content = CommitContent<CounterMachine>()
        let wrong = Self.record(
            ProcessorRecordKind.digest, [UInt8](repeating: 7, count: 16))
        #expect(throws: Misfit.self) { _ = try processor.replay(wrong, &content) }
        let right = Self.record(
            ProcessorRecordKind.digest, [UInt8](repeating: 0, count: 16), number: 2)
        _ = try processor.replay(right, &content)
        #expect(processor.lastRecord.rawValue == 2)
    }

    @Test func `what does not fit ends a replay, unless records before it are lost`() async throws {
        let disk = SimulatedDisk()
        let clock = ManualClock()
        let machine = CounterMachine()
        let directory = JournalDirectory(path: "/journal", files: disk)
        let journal = try JournalRecovery.open(
            directory, clock: clock, runOf: { _ in nil }, holder: "test")
        // It expires what was never there.
        var payload: [UInt8] = []
        _ = machine.encode(.expired("a"), into: &payload)
        try journal.builder.add(
            kind: RecordKind(rawValue: 33), version: 1, payload: payload, form: .plain, run: nil)
        let commit = try #require(journal.builder.finish(at: clock.wall()))
        journal.sink.append(commit, after: .none, epoch: 0) { _ in }
        try journal.sink.close()
        let reader = JournalReader(directory)
        var strict = ProcessorReplay(machine, .initial(machine), lossSeen: false)
        #expect(throws: RecoverError.self) { try strict.run(reader) { _ in } }
        var lenient = ProcessorReplay(machine, .initial(machine), lossSeen: true)
        try lenient.run(reader) { _ in }
        #expect(lenient.misfits == [.first])
    }

    @Test func `a snapshot of a later record than the journal holds is refused`() throws {
        let disk = SimulatedDisk()
        let machine = CounterMachine()
        let journal = try JournalRecovery.open(
            JournalDirectory(path: "/journal", files: disk), clock: ManualClock(),
            runOf: { _ in nil }, holder: "test")
        let initial = Snapshot<CounterMachine>.initial(machine)
        let ahead = Snapshot<CounterMachine>(
            state: initial.state, reached: RecordNumber(rawValue: 9), time: initial.time,
            pending: [])
        #expect(throws: RecoverError.self) {
            _ = try ProcessorRunner.recover(
                machine: machine, snapshot: ahead, journal: journal, observer: Published(),
                clock: ManualClock())
        }
    }
}
