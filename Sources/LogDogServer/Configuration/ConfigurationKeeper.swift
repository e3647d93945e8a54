import AccessControl
import Coordinator
import Dispatch
import Journal
import LogDogServices
import Logging
import Platform
import RPCStatus
import ServiceConfiguration
import Tumble

/// Keeps a configuration in force: reads it, looks for changes, and takes a new one only when it
/// is good as a whole and the journal says so.
actor ConfigurationKeeper {
    /// How often the directory is looked at.
    private static let interval = Duration.seconds(5)
    /// Reading blocks on the disk, which no task of the shared pool may.
    private static let disk = DispatchQueue(label: "logdog.configuration")

    nonisolated let authority: ConfiguredAuthority
    private nonisolated let current: Lock<ConfigurationStatus>
    private let directory: String
    private let files: any FileSystem
    private let clock: any Clock
    private let log: Logger
    private let metrics: ServerMetrics
    private var limiter: RateLimiter?
    private var journal: (@Sendable (ChangeConfiguration) async throws(RPCError) -> Void)?
    /// The files that were last judged, whatever the verdict.
    private var judged: [UInt8]
    /// The last reload that was asked for.
    private var lastReload: Task<Void, Never>?
    /// How many reloads were asked for and are not done; for tests.
    private(set) var reloadsUnderWay = 0

    private init(
        _ directory: String, _ authority: ConfiguredAuthority, files: any FileSystem,
        clock: any Clock, metrics: ServerMetrics, log: Logger
    ) {
        self.directory = directory
        self.authority = authority
        self.files = files
        self.clock = clock
        self.metrics = metrics
        self.log = log
        judged = authority.configuration.hash
        let status = Lock(
            ConfigurationStatus(hash: authority.configuration.hash, since: clock.wall()))
        current = status
        metrics.registry.collect { status.withLock { $0.samples } }
    }

    /// Reads the directory for the first time.
    static func open(
        _ directory: String, files: any FileSystem, clock: any Clock, fetch: @escaping KeyFetch,
        metrics: ServerMetrics, log: Logger
    ) async throws(ConfigurationRefusal) -> ConfigurationKeeper {
        let configuration = try ConfigurationReader.configuration(
            of: try await read(directory, files))
        let authority = try await ConfiguredAuthority.make(
            configuration, clock: clock, fetch: fetch)
        return ConfigurationKeeper(
            directory, authority, files: files, clock: clock, metrics: metrics, log: log)
    }

    nonisolated var status: ConfigurationStatus { current.withLock { $0 } }

    /// From now on changes are journaled and limits follow; journals what is in force.
    func start(
        limiter: RateLimiter,
        journal: @escaping @Sendable (ChangeConfiguration) async throws(RPCError) -> Void
    ) async {
        self.limiter = limiter
        self.journal = journal
        await journalCurrent()
        await refreshKeys()
    }

    /// Looks for changes until it is cancelled.
    func watch() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: Self.interval) } catch { return }
            await reload(evenIfJudged: false)
            await refreshKeys()
            if !status.isJournaled { await journalCurrent() }
        }
    }

    /// Reads the directory again; what is no good leaves everything as it is.
    ///
    /// - Parameter evenIfJudged: whether files that were looked at before are looked at again.
    func reload(evenIfJudged: Bool = true) async {
        // One after another, none left out: the one under way may have read before the change.
        let before = lastReload
        reloadsUnderWay += 1
        defer { reloadsUnderWay -= 1 }
        let reload = Task {
            await before?.value
            await look(evenIfJudged: evenIfJudged)
        }
        lastReload = reload
        await reload.value
    }

    private func look(evenIfJudged: Bool) async {
        do throws(ConfigurationRefusal) {
            let sources = try await Self.read(directory, files)
            guard evenIfJudged || sources.hash != judged else { return }
            judged = sources.hash
            let configuration = try ConfigurationReader.configuration(of: sources)
            guard configuration.hash != status.hash else { return settle() }
            try await take(try await authority.prepare(configuration))
        } catch {
            refuse(error)
        }
    }

    private func take(
        _ prepared: ConfiguredAuthority.Prepared
    ) async throws(ConfigurationRefusal) {
        let configuration = prepared.configuration
        do throws(RPCError) {
            try await journal?(Self.change(to: configuration))
        } catch {
            // Looked at again at the next interval.
            judged = []
            throw ConfigurationRefusal([
                ConfigurationProblem(
                    file: directory, line: nil,
                    reason: "the change cannot be journaled: \(error.message)")
            ])
        }
        authority.use(prepared)
        limiter?.use(configuration.limits)
        let now = clock.wall()
        current.withLock { status in
            status = ConfigurationStatus(
                hash: configuration.hash, since: now, isJournaled: journal != nil)
        }
        metrics.count(reload: "accepted")
        log.notice("the configuration was reloaded")
        await refreshKeys()
    }

    /// The files are again those that are in force.
    private func settle() {
        guard status.refusal != nil else { return }
        current.withLock { $0.refusal = nil }
        log.notice("the configuration in force is the one in its directory again")
    }

    private func refuse(_ refusal: ConfigurationRefusal) {
        // The same mistake is told once.
        guard status.refusal != refusal else { return }
        current.withLock { $0.refusal = refusal }
        metrics.count(reload: "refused")
        log.error(
            "the configuration is not taken; the last good one stays in force",
            metadata: ["problems": "\(refusal)"])
    }

    private func journalCurrent() async {
        guard let journal else { return }
        do throws(RPCError) {
            try await journal(Self.change(to: authority.configuration))
            current.withLock { $0.isJournaled = true }
        } catch {
            log.warning(
                "the configuration in force could not be journaled yet",
                metadata: ["error": "\(error.message)"])
        }
    }

    private func refreshKeys() async {
        let failures = await authority.refreshKeys()
        guard failures != status.keyFailures else { return }
        current.withLock { $0.keyFailures = failures }
        for failure in failures {
            log.warning("keys of an issuer are missing", metadata: ["error": "\(failure)"])
        }
    }

    private static func change(to configuration: Configuration) -> ChangeConfiguration {
        ChangeConfiguration(
            hash: configuration.hash, text: EffectiveText.text(of: configuration))
    }

    private static func read(
        _ directory: String, _ files: any FileSystem
    ) async throws(ConfigurationRefusal) -> ConfigurationSources {
        let result: Result<ConfigurationSources, ConfigurationRefusal> =
            await withCheckedContinuation { caller in
                disk.async {
                    caller.resume(
                        returning: Result { () throws(ConfigurationRefusal) in
                            try ConfigurationSources(directory, files)
                        })
                }
            }
        return try result.get()
    }
}
