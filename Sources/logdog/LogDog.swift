import ArgumentParser

/// A self-hosted LogDog Coordinator: one program, one directory.
@main
struct LogDog: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logdog",
        abstract: "A self-hosted LogDog Coordinator on an event-sourced journal.",
        subcommands: [
            Serve.self, ConfigCommand.self, Run.self, Cat.self, Tail.self, Query.self,
            JournalCommand.self, Backup.self, Restore.self, Retention.self, ArchivistCommand.self,
            Demo.self,
        ]
    )

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            ExitStatus.leave(after: error, of: Self.self)
        }
    }
}
