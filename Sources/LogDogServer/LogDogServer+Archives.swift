import AccessControl
import Archivist
import Coordinator
import Foundation
import Logging
import Platform
import ServiceConfiguration
import StreamArchive

// The built-in archivist, and the keys that are kept.
extension LogDogServer {
    /// What works on archives, not started yet: nobody does where there is no store, only the healer
    /// where another program archives.
    static func archival(
        _ options: ServerOptions, _ engine: Engine, _ authority: any Authority,
        _ sweep: RetentionSweep, _ log: Logger
    ) -> ArchivalHealth {
        let store = engine.store
        guard let archive = engine.archives.first else {
            return ArchivalHealth(
                readModel: store.readModel, archivist: nil, healer: nil, sweep: sweep,
                clock: options.clock)
        }
        let sparsity: @Sendable (String) -> IndexSparsity = { project in
            IndexSparsity(authority.project(project)?.archive ?? authority.service.archive)
        }
        let coordinator = LocalCoordinator(store.processor, store.readModel)
        let healer = ArchiveHealer(
            store: archive, coordinator: coordinator, sparsity: sparsity
        ) { object, reason in
            log.warning(
                "a damaged archive is not written anew",
                metadata: ["object": "\(object)", "reason": "\(reason)"])
        }
        var archivist: Archivist?
        if var settings = options.archivist {
            settings.sparsity = sparsity
            archivist = Archivist(
                store: archive, coordinator: coordinator, options: settings, clock: options.clock
            ) { task, reason in
                log.warning(
                    "an archival failed", metadata: ["task": "\(task)", "reason": "\(reason)"])
            }
        }
        return ArchivalHealth(
            readModel: store.readModel, archivist: archivist, healer: healer, sweep: sweep,
            clock: options.clock)
    }

    /// What lets go of logs that were kept for long enough; not started yet.
    static func sweep(
        _ options: ServerOptions, _ engine: Engine, _ configuration: ConfigurationKeeper?
    ) -> RetentionSweep {
        RetentionSweep(engine.store.processor, engine.store.readModel, clock: options.clock) {
            project in
            let rule = configuration?.authority.configuration.retention.rule(for: project)
            return RetentionPolicy(rule ?? RetentionSettings.Rule())
        }
    }

    /// Runs what blocks where it blocks nobody.
    static func onThread(_ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { done in
            Thread {
                body()
                done.resume()
            }.start()
        }
    }

    static func secret(
        _ name: String, _ length: Int, _ options: ServerOptions
    ) throws(StartFailure) -> [UInt8] {
        try SecretFile.load(
            "\(options.data)/\(name)", length: length, files: SystemFileSystem(),
            randomness: options.randomness)
    }
}

extension RetentionPolicy {
    fileprivate init(_ rule: RetentionSettings.Rule) {
        self.init()
        ages.streamAge = rule.streamAge ?? ExpiryRule.recordLife
        ages.archiveAge = rule.archiveAge
        archiveBytes = rule.archiveBytes
    }
}

extension IndexSparsity {
    /// As it is configured; where nothing is, ours, since an index of every entry is as long as a
    /// fifth of the log.
    fileprivate init(_ settings: ArchiveSettings) {
        guard settings.streamRange > 0 || settings.prefixRange > 0 || settings.byteRange > 0 else {
            self = .usual
            return
        }
        self.init(
            streamRange: UInt64(settings.streamRange), prefixRange: UInt64(settings.prefixRange),
            byteRange: UInt64(settings.byteRange))
    }
}
