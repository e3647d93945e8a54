import ArgumentParser
import Foundation
import Journal
import JournalInspection
import JournalRepair
import Platform

/// Takes a backup of a data directory, also while a server uses it.
struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Back up a data directory, also while a server uses it; adds what is new.",
        discussion: """
            Holds the prefix secrets of the journal. Archives lie in their own store and are not \
            in it. What an earlier run has taken stays, so that records since the first can \
            be restored to: begin a new directory to let go of it.
            """)

    @Option(help: "The data directory.")
    var data: String

    @Option(help: "The directory of the backup; created if it is not there.")
    var to: String

    @Flag(help: "Copy every file, instead of linking those that never change again.")
    var copy = false

    @Flag(help: "One JSON object a line.")
    var json = false

    /// Within a twentieth of a second a server says on disk that all before is durable.
    private static let untilMarked = Duration.milliseconds(100)

    func run() async throws {
        // So what was acknowledged before the command began is in the backup.
        try await Task.sleep(for: Self.untilMarked)
        do throws(JournalError) {
            let outcome = try JournalBackup(of: data, to: to, files: SystemFileSystem())
                .run(linking: !copy) { Progress.show("record \($0.lastRecord)") }
            outcome.print("backup", json: json)
            if let loss = outcome.losses.first { throw .damaged(loss.damage) }
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension JournalCopy.Outcome {
    /// - Parameter kind: what the line says.
    func print(_ kind: String, json: Bool) {
        let output = LineOutput(json ? .json : .text)
        output.print(
            OutputLine(
                kind,
                [
                    OutputField("lastRecord", lastRecord.rawValue),
                    OutputField("lastTime", lastTime), OutputField("copied", copied),
                    OutputField("linked", linked), OutputField("present", present),
                    OutputField("bytes", bytes),
                ]))
        output.flush()
    }
}

/// How far a command is, on a terminal alone.
enum Progress {
    static func show(_ text: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        FileHandle.standardError.write(Data("\r\u{1b}[K\(text)\r".utf8))
    }
}
