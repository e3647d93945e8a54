import AccessControl
import ButlerProtocol
import Coordinator
import Journal
import LogDogServices
import Logging
import PRPCServer
import Platform
import RPCStatus
import ReadModels
import Tumble

/// The whole server: a data directory, the engine on it, and the sockets before it.
package final class LogDogServer: Sendable {
    private let engine: Engine
    private let http: HTTPServer
    private let ingest: StreamServer?
    private let grace: Duration
    /// The HTTP port, also when any was asked for.
    package let port: Int
    /// The port of the ingest socket, if it is a TCP one.
    package var ingestPort: Int? { ingest?.port }

    private init(
        engine: Engine, http: HTTPServer, ingest: StreamServer?, grace: Duration
    ) {
        self.engine = engine
        self.http = http
        self.ingest = ingest
        self.grace = grace
        port = http.port
    }

    /// Opens the directory and is ready to answer when it returns.
    package static func start(
        _ options: ServerOptions, log: Logger
    ) async throws(StartFailure) -> LogDogServer {
        try checkListener(options)
        let engine = try Engine.open(options)
        if !engine.report.isClean {
            log.warning("recovery cut or lost something", metadata: ["report": "\(engine.report)"])
        }
        if case .putAside(let reason, let path) = engine.store.finding {
            log.warning(
                "the catalog was damaged and has been rebuilt",
                metadata: ["reason": "\(reason)", "kept": "\(path)"])
        }
        engine.store.start()
        do throws(StartFailure) {
            let (http, ingest) = try await listen(options, engine, log)
            return LogDogServer(
                engine: engine, http: http, ingest: ingest, grace: options.grace)
        } catch {
            await engine.store.stop()
            throw error
        }
    }

    /// Answers what has come, finishes what was accepted, and closes everything.
    package func stop() async {
        await ingest?.stop()
        // Followers wait for entries that will not come any more: their streams end with the store.
        async let stopped: Void = http.stop(grace: grace)
        await engine.store.stop()
        await stopped
    }

    /// Waits until every deadline that has come has fired; for clocks that are moved by hand.
    package func fireDue() async { await engine.store.processor.fireDue() }

    private static func checkListener(_ options: ServerOptions) throws(StartFailure) {
        guard options.authority.isOpen, !options.allowOpen else { return }
        var hosts = [options.host]
        if case .tcp(let host, _) = options.ingest { hosts.append(host) }
        for host in hosts where !isLoopback(host) {
            throw .refused(
                "without configuration everyone may do everything: an open server listens only "
                    + "on loopback, not on \(host), unless --allow-open is given")
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host == "[::1]"
            || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }

    private static func listen(
        _ options: ServerOptions, _ engine: Engine, _ log: Logger
    ) async throws(StartFailure) -> (HTTPServer, StreamServer?) {
        let context = ServiceContext(
            readModel: engine.store.readModel, processor: engine.store.processor,
            authority: options.authority, timers: options.timers, clock: options.clock,
            randomness: options.randomness, dialect: options.dialect,
            cursor: QueryCursor(key: try CursorKeyFile(options).key))
        let bundles = BundleIngest(context)
        do throws(ListenFailure) {
            let http = try await HTTPServer.start(
                host: options.host, port: options.port,
                handler: Routes.router(context, bundles, followers: options.followers, log),
                limits: options.limits)
            guard let address = options.ingest else { return (http, nil) }
            let socket = IngestSocket(bundles)
            do throws(ListenFailure) {
                return (
                    http, try await StreamServer.start(address) { try await socket.serve($0) }
                )
            } catch {
                await http.stop(grace: .zero)
                throw error
            }
        } catch {
            throw .inputOutput("\(error)")
        }
    }
}
