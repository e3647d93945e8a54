import ArgumentParser
import Journal
import JournalInspection

/// Compares two journals.
struct JournalDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Find the first record at which two journals part.",
        discussion: """
            What one of them left out by rewriting is passed over and counted. Exits 0 if they are \
            the same, 1 if they part or one ends before the other, 2 if records are lost in one.
            """)

    @Argument(help: "A data directory.")
    var first: String

    @Argument(help: "Another one.")
    var second: String

    @Flag(help: "One JSON object a line.")
    var json = false

    func run() async throws {
        let output = LineOutput(json ? .json : .text)
        let left = try JournalLocation.open(first)
        let right = try JournalLocation.open(second)
        let verdict: JournalComparison.Verdict
        let hasLosses: Bool
        do throws(JournalError) {
            var comparison = try JournalComparison(left, right)
            verdict = try comparison.run { output.print($0) }
            hasLosses = comparison.hasLosses
        } catch {
            throw CommandFailure(error)
        }
        output.flush()
        try CommandFailure.leave(ifDamaged: hasLosses)
        guard verdict == .same else { throw ExitCode(ExitStatus.refused.rawValue) }
    }
}
