import AccessControl
import Archivist
import ButlerProtocol
import Coordinator
import Journal
import LogDogServices
import Logging
import PRPCServer
import Platform
import RPCStatus
import ReadModels
import ServiceConfiguration
import StreamArchive
import Tumble

/// What a server answers at all.
package struct Surface: Sendable {
    /// Paths; `*` stands for the rest of one.
    package let paths: [String]
    /// `<service>/<method>`.
    package let calls: [String]
}

/// What clients come in by.
private struct Doors {
    let http: HTTPServer
    let ingest: StreamServer?
    let surface: Surface
}

/// The whole server: a data directory, the engine on it, and the sockets before it.
package final class LogDogServer: Sendable {
    private let engine: Engine
    private let http: HTTPServer
    private let ingest: StreamServer?
    private let grace: Duration
    private let configuration: ConfigurationKeeper?
    private let archival: ArchivalHealth
    private let watching: Task<Void, Never>
    /// What it answers at all: paths, and calls as `<service>/<method>`.
    package let surface: Surface
    /// The HTTP port, also when any was asked for.
    package let port: Int
    /// The port of the ingest socket, if it is a TCP one.
    package var ingestPort: Int? { ingest?.port }

    private init(
        engine: Engine, doors: Doors, archival: ArchivalHealth, grace: Duration,
        _ configuration: ConfigurationKeeper?
    ) {
        self.engine = engine
        http = doors.http
        ingest = doors.ingest
        self.grace = grace
        self.configuration = configuration
        self.archival = archival
        watching = Task { await configuration?.watch() }
        port = doors.http.port
        surface = doors.surface
    }

    /// Opens the directory and is ready to answer when it returns.
    package static func start(
        _ options: ServerOptions, log: Logger
    ) async throws(StartFailure) -> LogDogServer {
        try checkListener(options)
        let metrics = ServerMetrics()
        let configuration = try await configuration(options, metrics, log)
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
            let context = try context(options, engine, configuration, metrics)
            await journal(configuration, context, log)
            let sweep = sweep(options, engine, configuration)
            let archival = archival(options, engine, context.authority, sweep, log)
            metrics.collect(archival)
            let doors = try await listen(
                options, context, engine.store.rewriting, archival, configuration, metrics, log)
            archival.archivist?.start()
            archival.healer?.start()
            // What was paused stays so across a restart.
            if engine.store.readModel.retention.isPaused { engine.store.rewriting.pause() }
            sweep.start()
            return LogDogServer(
                engine: engine, doors: doors, archival: archival, grace: options.grace,
                configuration)
        } catch {
            await engine.store.stop()
            throw error
        }
    }

    /// Reads the configuration again; one that is no good changes nothing and is told in the log.
    package func reloadConfiguration() async { await configuration?.reload() }

    /// Answers what has come, finishes what was accepted, and closes everything.
    package func stop() async {
        watching.cancel()
        await ingest?.stop(grace: grace)
        await Self.onThread { [archival] in
            archival.archivist?.stop()
            archival.healer?.stop()
            archival.sweep.stop()
        }
        // Followers wait for entries that will not come any more: their streams end with the store.
        async let stopped: Void = http.stop(grace: grace)
        await engine.store.stop()
        await stopped
    }

    /// Waits until every deadline that has come has fired; for clocks that are moved by hand.
    package func fireDue() async { await engine.store.processor.fireDue() }

    /// Waits until all that is due is archived; for clocks that are moved by hand.
    package func archiveDue() async {
        if let archivist = archival.archivist { await Self.onThread { archivist.finishDue() } }
    }

    private static func checkListener(_ options: ServerOptions) throws(StartFailure) {
        guard options.configuration == nil, options.authority.isOpen, !options.allowOpen
        else { return }
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

    private static func configuration(
        _ options: ServerOptions, _ metrics: ServerMetrics, _ log: Logger
    ) async throws(StartFailure) -> ConfigurationKeeper? {
        guard let directory = options.configuration else { return nil }
        do throws(ConfigurationRefusal) {
            return try await ConfigurationKeeper.open(
                directory, files: SystemFileSystem(), clock: options.clock,
                fetch: KeyDownload.fetch, metrics: metrics, log: log)
        } catch {
            throw .refused("the configuration is not taken:\n\(error)")
        }
    }

    private static func context(
        _ options: ServerOptions, _ engine: Engine, _ configuration: ConfigurationKeeper?,
        _ metrics: ServerMetrics
    ) throws(StartFailure) -> ServiceContext {
        let processor = engine.store.processor
        metrics.collect { processor.status }
        let limits = configuration?.authority.configuration.limits ?? options.limits
        var context = ServiceContext(
            readModel: engine.store.readModel, processor: processor,
            authority: configuration?.authority ?? options.authority,
            limiter: RateLimiter(limits, clock: options.clock) { metrics.count($0) },
            timers: options.timers, clock: options.clock, randomness: options.randomness,
            dialect: options.dialect,
            cursor: QueryCursor(key: try secret("cursor.key", QueryCursor.keyLength, options)))
        context.links = ArchiveLinks(
            key: try secret("links.key", LinkSigner.keyLength, options),
            archives: engine.store.readModel.archives)
        return context
    }

    /// The journal says what is in force before anything is decided under it; also that nothing
    /// is configured any more.
    private static func journal(
        _ configuration: ConfigurationKeeper?, _ context: ServiceContext, _ log: Logger
    ) async {
        if let configuration {
            await configuration.start(limiter: context.limiter) { change throws(RPCError) in
                try await context.changeConfiguration(change)
            }
            return
        }
        do throws(RPCError) {
            try await context.changeConfiguration(ChangeConfiguration(hash: [], text: ""))
        } catch {
            log.warning(
                "the journal cannot say that nothing is configured",
                metadata: ["error": "\(error.message)"])
        }
    }

    private static func listen(
        _ options: ServerOptions, _ context: ServiceContext, _ rewriting: JournalRewriting,
        _ archival: ArchivalHealth, _ configuration: ConfigurationKeeper?,
        _ metrics: ServerMetrics, _ log: Logger
    ) async throws(StartFailure) -> Doors {
        let bundles = BundleIngest(context)
        let services = RPCServices.all(context, metrics)
        let router = Routes.router(
            context, services, bundles, rewriting, archival, metrics, configuration,
            followers: options.followers, log)
        let surface = Surface(
            paths: router.paths,
            calls: services.flatMap { service in
                service.methodNames.map { "\(service.name)/\($0)" }
            })
        do throws(ListenFailure) {
            let http = try await HTTPServer.start(
                host: options.host, port: options.port, handler: router,
                limits: options.serverLimits)
            context.links?.publish(
                at: options.publicURL ?? "http://\(options.host):\(http.port)")
            guard let address = options.ingest else {
                return Doors(http: http, ingest: nil, surface: surface)
            }
            do throws(ListenFailure) {
                let ingest = try await StreamServer.start(address) {
                    IngestSocket(bundles, metrics, on: $0)
                }
                return Doors(http: http, ingest: ingest, surface: surface)
            } catch {
                await http.stop(grace: .zero)
                throw error
            }
        } catch {
            throw .inputOutput("\(error)")
        }
    }
}
