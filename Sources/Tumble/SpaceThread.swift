import Foundation
import Journal
import Platform

/// Keeps zero-filled space ahead of the writer.
final class SpaceThread: Sendable {
    private struct State {
        var isWanted = true
        var isStopping = false
        var isRunning = false
    }

    private let sink: any BlockSink
    private let retry: Duration
    private let state = Monitor(State())
    /// Tells the writer that the room may have changed.
    private let changed: @Sendable () -> Void

    init(_ sink: any BlockSink, retry: Duration, changed: @escaping @Sendable () -> Void) {
        self.sink = sink
        self.retry = retry
        self.changed = changed
    }

    func start() {
        state.update { $0.isRunning = true }
        let thread = Thread { [self] in run() }
        thread.name = "journal-space"
        thread.start()
    }

    /// Asks for more space, if there is not enough ahead yet.
    func want() { state.update { $0.isWanted = true } }

    /// Ends the thread and waits for it, so that nothing touches the files any more.
    func stopIfRunning() {
        state.update { $0.isStopping = true }
        state.wait { $0.isRunning ? nil : () }
    }

    private func run() {
        defer { state.update { $0.isRunning = false } }
        while true {
            let isStopping = state.wait { state -> Bool? in
                if state.isStopping { return true }
                guard state.isWanted else { return nil }
                state.isWanted = false
                return false
            }
            if isStopping { return }
            do throws(JournalError) {
                while try sink.fillAhead() {
                    changed()
                    if state.look({ $0.isStopping }) { return }
                }
                changed()
            } catch {
                changed()
                guard case .full = error else { return }
                // Tried again after a while; the writer refuses clients until then.
                let stopped = state.wait(atMost: retry) { $0.isStopping ? true : nil }
                if stopped == true { return }
                want()
            }
        }
    }
}
