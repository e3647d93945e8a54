import ArgumentParser
import Dispatch
import Foundation
import Journal
import LogDogServer
import enum LogDogModel.Dialect
import LogDogServices
import Logging
import PRPCServer

/// Runs the server.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the Coordinator on a data directory.",
        discussion: """
            Without configuration the server is open: every valid project exists and everyone may \
            do everything, so it listens only on loopback. Prints `listening on \
            http://HOST:PORT` once it is ready to answer; logs to standard error; finishes what \
            it accepted on SIGTERM.
            """)

    @Option(help: "The data directory; created, readable by its owner alone, if it is not there.")
    var data: String?

    @Option(
        help: """
            The configuration directory: services.cfg, access.cfg, projects/NAME.cfg. Read again \
            on SIGHUP and when it changes.
            """)
    var config: String?

    @Flag(help: "Only check the configuration: exits 0 if it would be taken, else 1.")
    var checkConfig = false

    @Option(help: "Where to listen for HTTP; port 0 picks one.")
    var listen = "127.0.0.1:8080"

    @Option(help: "A further door for bundles: HOST:PORT or unix:PATH.")
    var ingest: String?

    @Option(help: "When a change counts as durable: always, interval:MS or never.")
    var sync = "always"

    @Option(help: "Which of LogDog's two ages to speak where they collide: current or classic.")
    var dialect = "current"

    @Flag(help: "Listen elsewhere than on loopback although everyone may do everything.")
    var allowOpen = false

    @Option(help: "Seconds from termination to archival; 300 if nothing is configured.")
    var terminatedArchivalDelay: Int?

    @Option(
        help: """
            Seconds from registration to the archival of a stream that is still open; 172800 if \
            nothing is configured.
            """)
    var openArchivalDelay: Int?

    @Option(
        help: """
            With --dialect classic: seconds from the registration of a stream to its being given \
            up if nobody has archived it, 1814400 (three weeks) in LogDog from 2018 on; without \
            it none is.
            """)
    var abandonAfter: Int?

    @Option(
        help: """
            Where archives are: a directory, or s3://bucket/base with credentials, endpoint and \
            region from the environment (AWS_ACCESS_KEY_ID …). Given several times, new ones go \
            to the first.
            """)
    var archive: [String] = []

    @Flag(inversion: .prefixedNo, help: "Archive what is due, into the first --archive.")
    var archivist = true

    @Option(help: "The URL by which clients reach this server, for links that it signs.")
    var publicURL: String?

    @Option(help: "How many clients may follow logs at once.")
    var followers = ServerOptions.usualFollowers

    func validate() throws {
        guard data != nil || checkConfig else {
            throw ValidationError("--data DIR is wanted")
        }
        guard config != nil || !checkConfig else {
            throw ValidationError("--check-config checks what --config DIR names")
        }
    }

    func run() async throws {
        if checkConfig {
            _ = try await CheckedConfiguration.read(config)
            return print("the configuration is good")
        }
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        let log = Logger(label: "logdog")
        let options = try options()
        if options.sync != .always {
            log.warning("with --sync \(sync) replies promise nothing")
        }
        if options.configuration == nil, options.authority.isOpen {
            log.notice("open mode: everyone may do everything")
        }
        let server: LogDogServer
        do throws(StartFailure) {
            server = try await LogDogServer.start(options, log: log)
        } catch {
            throw CommandFailure(Self.status(of: error), error.description)
        }
        // Whoever reads the line may send a signal at once.
        let termination = Signals.termination()
        let reloading = Signals.onHangup { await server.reloadConfiguration() }
        FileHandle.standardOutput.write(
            Data("listening on http://\(options.host):\(server.port)\n".utf8))
        await termination.value
        reloading.cancel()
        log.notice("stopping")
        await server.stop()
    }

    private func options() throws -> ServerOptions {
        var options = ServerOptions(data: data ?? "")
        options.configuration = config
        guard case .tcp(let host, let port) = try Self.address(listen, "--listen") else {
            throw ValidationError("--listen takes HOST:PORT, not \(listen)")
        }
        options.host = host
        options.port = port
        options.ingest = try ingest.map { try Self.address($0, "--ingest") }
        options.sync = try syncPolicy()
        guard let spoken = Dialect(rawValue: dialect) else {
            throw ValidationError("--dialect takes current or classic, not \(dialect)")
        }
        options.dialect = spoken
        options.allowOpen = allowOpen
        guard followers >= 0 else { throw ValidationError("--followers is 0 or more") }
        options.followers = followers
        options.archives = archive
        if !archivist { options.archivist = nil }
        options.publicURL = publicURL.map { String($0.reversed().drop { $0 == "/" }.reversed()) }
        guard terminatedArchivalDelay ?? 0 >= 0, openArchivalDelay ?? 0 >= 0 else {
            throw ValidationError("archival delays are 0 seconds or more")
        }
        guard abandonAfter ?? 1 > 0 else {
            throw ValidationError("--abandon-after is above 0 seconds")
        }
        options.timers = TimerOverrides(
            terminated: terminatedArchivalDelay.map { .seconds($0) },
            open: openArchivalDelay.map { .seconds($0) },
            abandonment: abandonAfter.map { .seconds($0) })
        return options
    }

    private func syncPolicy() throws -> SyncPolicy {
        switch sync {
        case "always": return .always
        case "never": return .never
        default:
            guard sync.hasPrefix("interval:"), let milliseconds = Int(sync.dropFirst(9)),
                (1...60_000).contains(milliseconds)
            else {
                throw ValidationError(
                    "--sync takes always, interval:MS with 1 to 60000 ms, or never, not \(sync)")
            }
            return .interval(.milliseconds(milliseconds))
        }
    }

    private static func address(_ text: String, _ option: String) throws -> StreamAddress {
        if text.hasPrefix("unix:") { return .unix(path: String(text.dropFirst(5))) }
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex,
            let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port)
        else { throw ValidationError("\(option) takes HOST:PORT, not \(text)") }
        return .tcp(host: String(text[..<colon]), port: port)
    }

    private static func status(of failure: StartFailure) -> ExitStatus {
        switch failure {
        case .locked: .locked
        case .newerFormat: .newerFormat
        case .inputOutput: .inputOutput
        case .refused: .refused
        case .unreadable: .damageFound
        }
    }
}

/// Signals that the program listens to.
enum Signals {
    /// Runs `body` at each SIGHUP, one after another.
    static func onHangup(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        signal(SIGHUP, SIG_IGN)
        // From elsewhere it is only cancelled, which any thread may.
        nonisolated(unsafe) let source = DispatchSource.makeSignalSource(signal: SIGHUP)
        let stream = AsyncStream<Void>(bufferingPolicy: .bufferingNewest(1)) { continuation in
            source.setEventHandler { continuation.yield() }
            continuation.onTermination = { _ in source.cancel() }
            source.resume()
        }
        return Task { for await _ in stream { await body() } }
    }

    /// Ends at the first SIGTERM or SIGINT from now on; a second one ends the program at once.
    static func termination() -> Task<Void, Never> {
        // The task alone uses them, and only to keep them.
        nonisolated(unsafe) let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number)
        }
        let stream = AsyncStream<Void> { continuation in
            for source in sources {
                source.setEventHandler { continuation.yield() }
                source.resume()
            }
        }
        return Task {
            for await _ in stream { break }
            for number in [SIGTERM, SIGINT] { signal(number, SIG_DFL) }
            withExtendedLifetime(sources) {}
        }
    }
}
