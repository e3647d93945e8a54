import Coordinator
import Foundation
import Journal
import LogDogModel
import Platform
import TestSupport
import Testing

@testable import Tumble

/// A journal with every kind of record there is: in a sealed segment and an open one.
enum EveryKindJournal {
    static let secret = [UInt8](repeating: 0x53, count: Secret.length)

    private static var options: JournalOptions {
        var options = JournalOptions()
        options.segmentSize = 8 << 10
        options.blockTarget = 512
        options.blockLimit = 1 << 10
        options.commitLimit = 2 << 10
        options.fillSlice = 4 << 10
        options.indexInterval = 1 << 10
        return options
    }

    /// Writes it into a directory that is not there yet, and closes it.
    static func write(
        to path: String, segments: Int = 2, clock: ManualClock = ManualClock()
    ) throws {
        let machine = CoordinatorMachine()
        let journal = try JournalRecovery.open(
            JournalDirectory(path: path, files: SystemFileSystem()), options: options,
            clock: clock, runOf: { machine.run(of: $0) }, holder: "test")
        var writer = JournalScript(journal: journal, clock: clock, machine: machine)
        try EveryKindHistory.begin(&writer)
        try writer.commit([EveryKindHistory.kept(0, count: 4)])
        var next: UInt64 = 4
        while try JournalDirectory(path: path, files: SystemFileSystem()).segments().count
            < segments
        {
            try writer.commit([EveryKindHistory.entries(next, count: 8)])
            next += 8
        }
        try EveryKindHistory.end(&writer, terminalIndex: next - 1)
        try journal.sink.close()
    }
}

extension EveryKindJournal {
    /// Opens it again, as another process, and appends one record.
    static func goOn(at path: String) throws {
        let clock = ManualClock(Timestamp(microseconds: 1_900_000_000_000_000))
        let machine = CoordinatorMachine()
        let journal = try JournalRecovery.open(
            JournalDirectory(path: path, files: SystemFileSystem()), options: options,
            clock: clock, runOf: { machine.run(of: $0) }, holder: "test")
        var writer = JournalScript(journal: journal, clock: clock, machine: machine)
        try writer.commit([.processor(.clockReset(to: clock.wall()))])
        try journal.sink.close()
    }
}

/// Appends commits of events to a journal, a second apart.
struct JournalScript {
    enum Step {
        case event(CoordinatorEvent)
        case processor(ProcessorEvent<CoordinatorMachine>)
    }

    let journal: RecoveredJournal
    let clock: ManualClock
    let machine: CoordinatorMachine

    var next: RecordNumber { journal.builder.nextRecord }

    mutating func commit(_ steps: [Step]) throws {
        clock.advance(by: .seconds(1))
        for step in steps {
            var payload: [UInt8] = []
            switch step {
            case .event(let event):
                let (kind, version, form) = machine.encode(event, into: &payload)
                try journal.builder.add(
                    kind: kind, version: version, payload: payload, form: form,
                    run: machine.run(of: event))
            case .processor(let event):
                let kind = event.encode(into: &payload, machine)
                try journal.builder.add(
                    kind: kind, version: event.version, payload: payload, run: nil)
            }
        }
        while case .filling = journal.sink.room { _ = try journal.sink.fillAhead() }
        let sealed = try #require(journal.builder.finish(at: clock.wall()))
        journal.sink.append(
            sealed, after: RecordNumber(rawValue: sealed.first.rawValue - 1), epoch: 0
        ) { outcome in
            guard case .durable = outcome else {
                Issue.record("the disk takes it: \(outcome)")
                return
            }
        }
    }
}
