import ArgumentParser
import Journal
import JournalInspection

/// Writes the journal out.
struct JournalExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write the journal out as portable lines of JSON.",
        discussion: """
            The lines hold prefix secrets: keep them as you keep the data directory. Records that \
            cannot be read are named in their place; then it exits 2.
            """)

    @Option(help: "The data directory; a server may be using it.")
    var data: String

    func run() async throws {
        let journal = try JournalLocation.open(data)
        StandardOutput.note("the export holds prefix secrets")
        let output = LineOutput(.json)
        let summary: JournalExport.Summary
        do throws(JournalError) {
            var export = JournalExport(journal)
            summary = try export.run { output.write($0) }
        } catch {
            throw CommandFailure(error)
        }
        output.flush()
        StandardOutput.note("\(summary.records) records up to \(summary.last)")
        try CommandFailure.leave(ifDamaged: summary.losses > 0)
    }
}
