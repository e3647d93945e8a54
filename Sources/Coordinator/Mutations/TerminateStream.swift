import Journal
import LogDogModel
import Platform
import Tumble

/// A Collector reports the last index of a stream (`spec/rpc.md §11`).
///
/// Asking again for the same index is harmless; asking for another one is refused.
package struct TerminateStream: Sendable {
    /// A valid project name.
    package var project: String
    /// Finds the stream in its project.
    package var id: HashID
    /// As the caller sent it, of any length: compared with the stream's.
    package var secret: [UInt8]
    /// The index of the last entry, whether or not it is there yet.
    package var terminalIndex: UInt64
    /// How long the archival waits that this schedules.
    package var timers: ArchivalTimers

    /// Only the project is checked by the caller.
    package init(
        project: String, id: HashID, secret: [UInt8], terminalIndex: UInt64,
        timers: ArchivalTimers
    ) {
        self.project = project
        self.id = id
        self.secret = secret
        self.terminalIndex = terminalIndex
        self.timers = timers
    }

    func decide(
        in state: CoordinatorState, at now: Timestamp
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        guard let stream = state.stream(StreamKey(project: project, hash: id)) else {
            throw .streamNotFound
        }
        guard stream.secret.matches(secret) else { throw .secretMismatch }
        guard terminalIndex <= StreamState.lastIndex else { throw .indexOutOfRange }
        switch TerminalTransition(of: stream, to: terminalIndex) {
        case .terminates:
            return Decision(
                events: [.streamTerminated(stream: stream.id, index: terminalIndex, at: now)],
                schedule: [DispatchArchival.afterTermination(of: stream, at: now, timers)],
                reply: .nothing)
        case .repeats: return Decision(reply: .nothing)
        case .conflicts(let stored): throw .terminatedElsewhere(at: stored)
        }
    }
}

/// The transition table of the terminal part of a stream's life.
enum TerminalTransition: Hashable {
    case terminates
    /// The same once more.
    case repeats
    /// Nil for an archived stream without entries.
    case conflicts(stored: UInt64?)

    init(of stream: StreamState, to asked: UInt64) {
        self.init(of: stream.terminalIndex, isTerminated: stream.isTerminated, to: asked)
    }

    // swift-format-ignore
    init(of stored: UInt64?, isTerminated: Bool, to asked: UInt64) {
        switch stored {
        case _ where !isTerminated:             self = .terminates
        case let stored? where stored == asked: self = .repeats
        case let stored:                        self = .conflicts(stored: stored)
        }
    }
}
