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
            be restored to: begin a new place to let go of it.
            """)

    @Option(help: "The data directory.")
    var data: String

    @Option(
        help: """
            Where the backup is: a directory, created if it is not there, or s3://bucket/base, \
            which belongs to this backup alone, with credentials, endpoint and region from the \
            environment.
            """)
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
        let outcome = to.hasPrefix("s3://") ? try toObjects() : try toDirectory()
        outcome.print("backup", json: json)
        if let loss = outcome.losses.first {
            throw CommandFailure(JournalError.damaged(loss.damage))
        }
    }

    private func toDirectory() throws -> JournalCopy.Outcome {
        do throws(JournalError) {
            return try JournalBackup(of: data, to: to, files: SystemFileSystem())
                .run(linking: !copy) { Progress.show("record \($0.lastRecord)") }
        } catch {
            throw CommandFailure(error)
        }
    }

    private func toObjects() throws -> JournalCopy.Outcome {
        let store = try BackupBucket.open(to)
        let outcome: ObjectBackup.Outcome
        do throws(BackupError) {
            outcome = try ObjectBackup(of: data, to: store, files: SystemFileSystem())
                .run { Progress.show("record \($0.lastRecord)") }
        } catch {
            throw CommandFailure(error)
        }
        if let leftover = outcome.leftover {
            StandardOutput.note("the backup is whole; what it replaces stays: \(leftover)")
        }
        if let lost = outcome.lost.first {
            outcome.copy.print("backup", json: json)
            throw CommandFailure(
                .damageFound,
                "the store had lost \(outcome.lost.count) objects, such as \(lost): this backup is "
                    + "whole again, earlier ones may not be")
        }
        return outcome.copy
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
