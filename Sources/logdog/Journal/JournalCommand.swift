import ArgumentParser
import Foundation
import Journal
import JournalInspection
import JournalRepair

/// Looks into the journal of a data directory, also while a server writes it.
struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Look into the journal of a data directory, mend it, carry it elsewhere.",
        discussion: """
            All but `repair` and `import` only read, take no lock, and may be run beside a server: \
            what it is writing is told as in flight. Exit codes: 0 ok, 1 wrong usage or refused, 2 \
            damage found, 3 repaired, 4 another process holds the directory, 5 a file could not be \
            used, 6 written by a newer format.
            """,
        subcommands: [
            JournalDumpCommand.self, JournalVerifyCommand.self, JournalStatCommand.self,
            JournalReplayCommand.self, JournalStateCommand.self, JournalDiffCommand.self,
            JournalRepairCommand.self, JournalExportCommand.self, JournalImportCommand.self,
        ])
}

/// The journal that a command is about, and how its lines are written.
struct JournalLocation: ParsableArguments {
    @Option(help: "The data directory; a server may be using it.")
    var data: String

    @Flag(help: "One JSON object a line.")
    var json = false

    func open() throws -> InspectedJournal { try Self.open(data) }

    static func open(_ data: String) throws -> InspectedJournal {
        do throws(JournalError) {
            return try InspectedJournal(data: data)
        } catch {
            throw CommandFailure(error)
        }
    }

    var output: LineOutput { LineOutput(json ? .json : .text) }
}

/// Lines on their way to standard output, gathered to save system calls.
final class LineOutput {
    private static let bufferSize = 64 << 10

    private let format: OutputFormat
    private var buffer: [UInt8] = []

    init(_ format: OutputFormat) {
        self.format = format
        // A write to a pipe that nobody reads shall fail, not end the program with a signal.
        signal(SIGPIPE, SIG_IGN)
    }

    func print(_ line: OutputLine) {
        line.append(to: &buffer, as: format)
        if buffer.count >= Self.bufferSize { flush() }
    }

    func write(_ bytes: [UInt8]) {
        buffer += bytes
        if buffer.count >= Self.bufferSize { flush() }
    }

    /// A reader that has gone is not an error: the program ends quietly.
    func flush() {
        StandardOutput.write(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}

extension CommandFailure {
    /// The exit code of a journal that cannot be read.
    init(_ error: JournalError) {
        switch error {
        case .damaged: self.init(.damageFound, "\(error)")
        case .unsupportedVersion: self.init(.newerFormat, "\(error)")
        case .notEmpty: self.init(.refused, "\(error)")
        case .locked: self.init(.locked, "\(error)")
        default: self.init(.inputOutput, "\(error)")
        }
    }

    /// Ends a command that printed what it found.
    static func leave(ifDamaged isDamaged: Bool) throws {
        guard isDamaged else { return }
        throw ExitCode(ExitStatus.damageFound.rawValue)
    }
}
