import ArgumentParser
import Journal
import JournalInspection
import LogDogModel
import ReadModels

/// Shows a prefix or stream as it was.
struct JournalStateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "Show a prefix or stream as it was at some record.",
        discussion: """
            Replays the journal up to there, in memory. Exits 1 if there was no such thing, 2 if \
            records before that are lost.
            """)

    @OptionGroup var location: JournalLocation

    @Option(help: "A record, or a time; the end of the journal if it is left out.")
    var at: String?

    @Argument(help: "PROJECT/PREFIX or PROJECT/PREFIX/+/NAME")
    var path: String

    func run() async throws {
        let bound = try at.map { try JournalDumpCommand.bound($0, "--at") }
        let subject: HistoricState.Subject
        do throws(NameError) {
            subject = try HistoricState.Subject(parsing: path)
        } catch {
            throw ValidationError("\(path) is not PROJECT/PREFIX or PROJECT/PREFIX/+/NAME")
        }
        let journal = try location.open()
        let progress = ReplayProgress(journal, bound)
        var state: HistoricState
        do throws(StoreError) {
            state = try JournalReplayCommand.onJournal { () throws(JournalError) in
                try HistoricState(journal)
            }
            try state.advance(to: bound) { progress.show($0) }
        } catch {
            throw CommandFailure(error)
        }
        progress.end()
        let lines = state.lines(of: subject)
        let output = location.output
        for line in lines { output.print(line) }
        output.flush()
        guard !lines.isEmpty else {
            throw CommandFailure(.refused, "there was no \(path) at that record")
        }
        try CommandFailure.leave(
            ifDamaged: state.losses.contains { $0.records != nil && !$0.isMended })
    }
}
