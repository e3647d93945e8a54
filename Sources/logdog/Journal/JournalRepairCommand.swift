import ArgumentParser
import Journal
import JournalInspection
import JournalRepair
import Platform

/// Mends a journal.
struct JournalRepairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Say what a repair would do to damaged segments; with --apply, do it.",
        discussion: """
            What is whole is kept under its numbers; every lost record is listed, and named in the \
            segment from then on; originals are kept in journal/aside. Nothing is guessed. Exits 0 \
            if nothing needs repair, 2 if something does, 3 if it was repaired, 4 if a server runs.
            """)

    @OptionGroup var location: JournalLocation

    @Flag(help: "Do it; without this nothing is changed.")
    var apply = false

    func run() async throws {
        let repairer = JournalRepairer(try location.open(), clock: SystemClock())
        let outcome: JournalRepairer.Outcome
        do throws(JournalError) {
            outcome = apply ? try repairer.repair() : try repairer.plan()
        } catch {
            throw CommandFailure(error)
        }
        let output = location.output
        for line in outcome.lines { output.print(line) }
        output.print(
            OutputLine(
                "verdict",
                [
                    OutputField(
                        "verdict",
                        outcome.needsRepair ? (apply ? "repaired" : "needs repair") : "sound"),
                    OutputField("segments", outcome.mendings.count),
                    OutputField("applied", apply),
                ]))
        output.flush()
        guard outcome.needsRepair else { return }
        throw ExitCode((apply ? ExitStatus.repaired : .damageFound).rawValue)
    }
}
