import AccessControl
import Archivist
import Foundation
import Logging
import Platform
import ServiceConfiguration
import StreamArchive

// The built-in archivist, and the keys that are kept.
extension LogDogServer {
    /// Starts the archivist on the first of the stores; nil where there is none, or another
    /// program archives.
    static func startArchivist(
        _ options: ServerOptions, _ engine: Engine, _ authority: any Authority, _ log: Logger
    ) -> Archivist? {
        guard var settings = options.archivist, let store = engine.archives.first else {
            return nil
        }
        settings.sparsity = { project in
            IndexSparsity(authority.project(project)?.archive ?? authority.service.archive)
        }
        let archivist = Archivist(
            store: store,
            coordinator: LocalCoordinator(engine.store.processor, engine.store.readModel),
            options: settings, clock: options.clock
        ) { task, reason in
            log.warning(
                "an archival failed", metadata: ["task": "\(task)", "reason": "\(reason)"])
        }
        archivist.start()
        return archivist
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
