import ArgumentParser
import Foundation
import LogDogClient
import LogDogModel
import Platform

/// Runs a command under a Butler.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a command and stream its output to a server.",
        discussion: """
            Passes the output through, streams standard output and standard error as two text \
            streams, prints their link on standard error, and exits as the command did: with its \
            exit code, 128+n after signal n, 250 if it could not be started. What the server has \
            not acknowledged stays in memory up to a bound; at the bound the command waits.
            """)

    @OptionGroup var server: ServerOption

    @Option(help: "The project that the log belongs to.")
    var project: String

    @Option(help: "The prefix to claim; by default butler/users/USER/RANDOM.")
    var prefix: String?

    @Option(help: "Put before the stream names: NAME/stdout, NAME/stderr.")
    var name: String?

    @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.")
    var command: [String] = []

    func validate() throws {
        guard !command.isEmpty else { throw ValidationError("a command is wanted after --") }
    }

    func run() async throws {
        let before = name.map { "\($0)/" } ?? ""
        var runner = CommandRunner(
            server: try server.address(), project: project,
            prefix: try prefix ?? Self.defaultPrefix(),
            streams: ("\(before)stdout", "\(before)stderr"))
        runner.say = { StandardOutput.note($0) }
        let code: Int32
        do throws(ClientFailure) {
            code = try await runner.run(command)
        } catch {
            throw CommandFailure(error)
        }
        throw ExitCode(code)
    }

    /// `butler/users/<user>/<40 characters>` (`spec/clients.md §3.1`).
    private static func defaultPrefix() throws -> String {
        let user = ProcessInfo.processInfo.userName
        let random = Data(SystemRandomness().bytes(30)).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_")
        return try Names.makeStreamName(
            fill: "s_", segments: ["butler", "users", user, random])
    }
}
