import Archivist
import ArgumentParser
import Foundation
import LogDogClient
import Logging
import Platform

/// Archives for a server in another process.
struct ArchivistCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archivist",
        abstract: "Archive what is due on a server, in a process of its own.",
        discussion: """
            Takes tasks from the server, writes archives, and reports them, until it is told to \
            stop. The server reads them from the same place: start it with --no-archivist and the \
            same --archive.
            """)

    @OptionGroup var server: ServerOption

    @Option(help: "Where archives go: a directory, or s3://bucket/base.")
    var archive: String

    @Option(help: "Streams that are archived at once.")
    var workers = ArchivistOptions().workers

    @Flag(help: "Stop when nothing is due any more.")
    var once = false

    func run() async throws {
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        let log = Logger(label: "logdog-archivist")
        guard (1...64).contains(workers) else {
            throw ValidationError("--workers is 1 to 64")
        }
        var options = ArchivistOptions()
        options.workers = workers
        let clock = SystemClock()
        let address = try server.address()
        let archivist: Archivist
        do throws(ArchivePlaceProblem) {
            archivist = Archivist(
                store: try ArchivePlace.open(
                    archive, clock: clock, randomness: SystemRandomness()),
                coordinator: RemoteCoordinator(PRPCClient(address), clock: clock),
                options: options, clock: clock
            ) { task, reason in
                log.warning(
                    "an archival failed", metadata: ["task": "\(task)", "reason": "\(reason)"])
            }
        } catch {
            throw CommandFailure(.inputOutput, "\(error)")
        }
        let ended = Signals.termination()
        archivist.start()
        log.notice("archiving", metadata: ["archive": "\(archive)"])
        if once {
            await onThread { archivist.finishDue() }
        } else {
            await ended.value
        }
        await onThread { archivist.stop() }
        log.notice("archived", metadata: ["streams": "\(archivist.status.archived)"])
    }

    private func onThread(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { done in
            Thread {
                body()
                done.resume()
            }.start()
        }
    }
}
