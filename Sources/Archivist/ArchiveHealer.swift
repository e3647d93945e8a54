import Foundation
import Platform
import StreamArchive

/// Writes damaged archives anew from the journal, on a thread of its own: beside the built-in
/// archivist, and also where another program archives, since only the server sees the damage.
package final class ArchiveHealer: Sendable {
    private struct State {
        var isStopping = false
        var isRunning = false
        var healed = 0
        /// The last that could not be healed, and why; empty if there was none.
        var lastFailure = ""
    }

    /// Between two looks for damage that readers have met.
    private static let interval = Duration.seconds(10)

    private let healing: ArchiveHealing
    private let warn: @Sendable (_ object: String, _ reason: String) -> Void
    private let state: Monitor<State>

    /// - Parameters:
    ///   - store: archives elsewhere are left as they are.
    ///   - warn: is told of each archive that cannot be healed, at every look.
    package init(
        store: any ObjectStore, coordinator: LocalCoordinator,
        sparsity: @escaping @Sendable (String) -> IndexSparsity,
        warn: @escaping @Sendable (_ object: String, _ reason: String) -> Void
    ) {
        let state = Monitor(State())
        self.state = state
        self.warn = warn
        healing = ArchiveHealing(
            store: store, coordinator: coordinator, sparsity: sparsity,
            isStopping: { state.look { $0.isStopping } })
    }

    /// Starts the thread. To be called once.
    package func start() {
        state.update { $0.isRunning = true }
        let thread = Thread { [self] in
            ThreadPriority.lowerThis()
            repeat {
                look()
            } while state.wait(
                atMost: Self.interval, { $0.isStopping ? () : nil }) == nil
            state.update { $0.isRunning = false }
        }
        thread.name = "archive-healer"
        thread.start()
    }

    /// Gives up what it is at, and waits for the thread. Blocks; harmless when repeated.
    package func stop() {
        state.update { $0.isStopping = true }
        state.wait { $0.isRunning ? nil : () }
    }

    /// How many archives were written anew, and why the last one was not.
    package var status: (healed: Int, lastFailure: String) {
        state.look { ($0.healed, $0.lastFailure) }
    }

    /// Heals what is known to be damaged now. Blocks.
    func look() {
        for archive in healing.coordinator.damaged() {
            guard let reason = healing.heal(archive) else {
                state.look { $0.healed += 1 }
                continue
            }
            state.look { $0.lastFailure = "\(archive.entriesURL): \(reason)" }
            warn(archive.entriesURL, reason)
        }
    }
}
