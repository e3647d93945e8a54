import ByteCoding
import Coordinator
import Foundation
import Journal
import Platform
import TestSupport
import Testing

@testable import JournalInspection

/// Verification beside a writer that never pauses.
@Suite struct LiveVerifyTests {
    /// Tells a writer to stop, and hears that it did.
    private struct Writing {
        var isStopping = false
        var hasEnded = false
        var commits = 0
    }

    private static let rounds = 25
    private static let segmentLimit = 40

    @Test func `verify in a loop under full write load raises no false alarm`() throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "inspection-live-\(UUID().uuidString)").path
        defer { do { try FileManager.default.removeItem(atPath: path) } catch {} }
        var options = JournalOptions()
        options.segmentSize = 128 << 10
        options.blockTarget = 2 << 10
        options.blockLimit = 8 << 10
        options.commitLimit = 32 << 10
        options.fillSlice = 32 << 10
        options.indexInterval = 16 << 10
        let machine = CoordinatorMachine()
        let journal = try JournalRecovery.open(
            JournalDirectory(path: path, files: SystemFileSystem()), options: options,
            clock: ManualClock(), runOf: { machine.run(of: $0) }, holder: "test")
        var script = JournalScript(journal: journal, clock: ManualClock(), machine: machine)
        try EveryKindHistory.begin(&script)
        let writing = Monitor(Writing())
        nonisolated(unsafe) var writer = script
        let thread = Thread {
            Self.write(&writer, path, writing)
            writing.update { $0.hasEnded = true }
        }
        thread.start()
        var records = 0
        var round = 0
        while round < Self.rounds || writing.look({ $0.commits < 40 && !$0.hasEnded }) {
            round += 1
            let report = try JournalVerify(InspectedJournal(data: path), workers: 2).run()
            #expect(report.isSound, "round \(round): \(report.losses) \(report.findings)")
            #expect(report.isLive)
            #expect(report.records >= records, "what was there is there")
            records = report.records
        }
        writing.update { $0.isStopping = true }
        writing.wait { $0.hasEnded ? () : nil }
        #expect(writing.look { $0.commits } >= 40, "it was written meanwhile")
        try journal.sink.close()
        let report = try JournalVerify(InspectedJournal(data: path)).run()
        #expect(report.isSound && !report.isLive && report.uncovered == nil)
    }

    private static func write(
        _ script: inout JournalScript, _ path: String, _ writing: Monitor<Writing>
    ) {
        let directory = JournalDirectory(path: path, files: SystemFileSystem())
        var next: UInt64 = 0
        do {
            while !writing.look({ $0.isStopping }) {
                let count = 1 + next % 90
                try script.commit([EveryKindHistory.entries(next, count: count)])
                next += count
                writing.update { $0.commits += 1 }
                if next % 7 == 0 { try script.journal.sink.mark() }
                // Enough is there to be read again and again.
                if try directory.segments().count >= segmentLimit { return }
            }
        } catch {
            Issue.record(error)
        }
    }
}
