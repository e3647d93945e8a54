import ArgumentParser
import Foundation
import Journal
import JournalInspection
import Platform
import ReadModels

/// Checks all of it.
struct JournalVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check every checksum, chain, footer, index record and record.",
        discussion: """
            Exits 2 if anything is damaged. With --deep the journal is also replayed into a fresh \
            catalog, which is compared with the one that is there, row by row, and with every \
            digest of the journal.
            """)

    @OptionGroup var location: JournalLocation

    @Flag(help: "Replay, and compare with the catalog.")
    var deep = false

    @Option(help: "Segments that are checked at once, each up to 64 MiB in memory.")
    var jobs = JournalVerify.usualWorkers

    func validate() throws {
        guard (1...64).contains(jobs) else { throw ValidationError("--jobs is 1 to 64") }
    }

    func run() async throws {
        let journal = try location.open()
        let output = location.output
        let isSound = try verify(journal, output)
        // What cannot be read cannot be compared.
        let isEqual = deep && isSound ? try verifyDeeply(journal, output) : true
        output.flush()
        try CommandFailure.leave(ifDamaged: !isSound || !isEqual)
    }

    private func verify(_ journal: InspectedJournal, _ output: LineOutput) throws -> Bool {
        let progress = ProgressLine("verifying")
        defer { progress.end() }
        do throws(JournalError) {
            let report = try JournalVerify(journal, workers: jobs).run { done, total in
                progress.show(done, of: total, "segments")
            }
            progress.end()
            for line in report.lines { output.print(line) }
            return report.isSound
        } catch {
            throw CommandFailure(error)
        }
    }

    private func verifyDeeply(_ journal: InspectedJournal, _ output: LineOutput) throws -> Bool {
        let scratch = FileManager.default.temporaryDirectory
            .appending(path: "logdog-verify-\(UUID().uuidString)").path
        do throws(FileError) {
            try SystemFileSystem().createDirectory(scratch)
        } catch {
            throw CommandFailure(.inputOutput, "\(error)")
        }
        // What stays behind is the system's to clean; the verdict stands.
        defer { do { try FileManager.default.removeItem(atPath: scratch) } catch {} }
        let progress = ReplayProgress(journal, nil)
        defer { progress.end() }
        var deep = DeepVerify(journal, data: location.data, scratch: scratch)
        do throws(StoreError) {
            try deep.run {
                progress.show($0)
            } _: { line in
                progress.end()
                output.print(line)
            }
        } catch {
            throw CommandFailure(error)
        }
        return deep.isSound
    }
}
