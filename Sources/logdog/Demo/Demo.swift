import ArgumentParser
import Foundation

/// The main job on real input, from end to end, on a temporary directory.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the main job: stream a real command, follow it, kill the server, verify.",
        discussion: """
            Starts a server on a temporary directory and a free port, streams a real command \
            through it, follows it live, reads it back and compares it byte for byte; then kills \
            the server in the middle of a second command, starts it again, shows that nothing \
            acknowledged is missing, archives both logs, and verifies the journal. Exits 0 only if all of that held.
            """)

    @Flag(help: "Keep the temporary directory, to look into it afterwards.")
    var keep = false

    func run() async throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "logdog-demo-\(UUID().uuidString.prefix(8).lowercased())")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        let run = DemoRun(
            program: try .itself(), data: directory.appending(path: "data").path,
            archive: directory.appending(path: "archive").path)
        let held = await run.perform()
        if keep || !held {
            DemoOutput.say("\nThe directory is kept: \(directory.path)")
        } else {
            try FileManager.default.removeItem(at: directory)
        }
        guard held else { throw CommandFailure(.damageFound, "the demonstration failed") }
    }
}
