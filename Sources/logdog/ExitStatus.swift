import ArgumentParser
import Foundation

/// The exit codes of every command (`DESIGN.md §10`); they never change their meaning.
enum ExitStatus: Int32 {
    case ok = 0
    /// Wrong usage, or refused by the server.
    case refused = 1
    case damageFound = 2
    case repaired = 3
    /// Another process holds the directory.
    case locked = 4
    /// A file, a socket or a server could not be reached.
    case inputOutput = 5
    /// The directory was written by a newer format.
    case newerFormat = 6

    /// Ends the program after an error that reached the top: help and version go to standard
    /// output with code 0, usage errors become 1 (ArgumentParser's own code is 64).
    static func leave(after error: any Error, of command: any ParsableCommand.Type) -> Never {
        if let failure = error as? CommandFailure {
            write("logdog: \(failure.message)\n", to: .standardError)
            exit(failure.code)
        }
        if let code = error as? ExitCode { exit(code.rawValue) }
        let status = command.exitCode(for: error)
        guard status == .success else {
            write(command.fullMessage(for: error) + "\n", to: .standardError)
            exit(ExitStatus.refused.rawValue)
        }
        write(command.fullMessage(for: error) + "\n", to: .standardOutput)
        exit(ExitStatus.ok.rawValue)
    }

    private static func write(_ text: String, to stream: FileHandle) {
        stream.write(Data(text.utf8))
    }
}

/// A command that ends with a message and a code of its own.
struct CommandFailure: Error {
    let code: Int32
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        code = status.rawValue
        self.message = message
    }
}
