import Foundation
import Platform

/// Progress on a terminal: one line on standard error that is written over; nothing elsewhere.
final class ProgressLine: Sendable {
    private static let pause = Duration.milliseconds(100)

    private struct State {
        var lastShown: ContinuousClock.Instant?
        var width = 0
    }

    private let what: String
    private let isShown = isatty(STDERR_FILENO) == 1
    private let state = Lock(State())

    init(_ what: String) { self.what = what }

    /// Shows `done` of `total`, at most ten times a second.
    func show(_ done: Int, of total: Int, _ unit: String) {
        guard isShown else { return }
        state.withLock { state in
            let now = ContinuousClock.now
            if let last = state.lastShown, last.duration(to: now) < Self.pause, done < total {
                return
            }
            state.lastShown = now
            let percent = total > 0 ? done * 100 / total : 0
            let text = "\(what): \(done) of \(total) \(unit), \(percent) %"
            state.width = max(state.width, text.utf8.count)
            FileHandle.standardError.write(Data("\r\(text)".utf8))
        }
    }

    /// Wipes the line away.
    func end() {
        guard isShown else { return }
        state.withLock { state in
            let blanks = String(repeating: " ", count: state.width)
            FileHandle.standardError.write(Data("\r\(blanks)\r".utf8))
        }
    }
}
