import ArgumentParser
import Journal
import JournalInspection

/// Counts what there is.
struct JournalStatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stat",
        abstract: "Count what the journal holds.",
        discussion: """
            Bytes and records by kind, compression, sizes of blocks and of what was synced \
            together, the busiest streams, and the lives of the processes that wrote it.
            """)

    @OptionGroup var location: JournalLocation

    @Option(help: "How many of the busiest streams are shown.")
    var top = 10

    func validate() throws {
        guard (0...10_000).contains(top) else { throw ValidationError("--top is 0 to 10000") }
    }

    func run() async throws {
        let journal = try location.open()
        let output = location.output
        let progress = ProgressLine("counting")
        defer { progress.end() }
        do throws(JournalError) {
            let total = try journal.directory.segments().count
            let stat = try JournalStat(journal) { progress.show($0, of: total, "segments") }
            progress.end()
            for line in try stat.lines(journal, top: top) { output.print(line) }
        } catch {
            throw CommandFailure(error)
        }
        output.flush()
    }
}
