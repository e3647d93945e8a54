import LogDogModel
import Platform
import Tumble

/// An archivist reports that a stream is archived (`spec/rpc.md §12`). The first report wins.
package struct ArchiveStream: Sendable {
    package var target: StreamTarget
    /// The index of the last entry that was written; nil if none was. It replaces what the stream
    /// said of its end.
    package var terminalIndex: UInt64?
    package var entryCount: UInt64
    package var stream: ArchiveObject
    package var index: ArchiveObject
    /// Empty but in the classic dialect.
    package var data: ArchiveObject
    /// Whether the archival failed for good: then the archive counts as empty, whatever else the
    /// report says.
    package var isFailure: Bool
    /// What the archivist has archived, entries behind the end included: if the stream has
    /// received more since, the report is refused, so that nothing acknowledged is left out. Nil
    /// for archivists that cannot tell.
    package var received: ReceivedRanges?
    /// Whether the archivist archives whatever it reads, as this program's does, but cannot tell
    /// what that was: then a report that counts fewer entries than the stream has is refused.
    package var countsAll = false

    /// Only the project is checked by the caller.
    package init(
        _ target: StreamTarget, terminalIndex: UInt64?, entryCount: UInt64,
        stream: ArchiveObject, index: ArchiveObject, data: ArchiveObject = ArchiveObject(),
        isFailure: Bool = false
    ) {
        self.target = target
        self.terminalIndex = terminalIndex
        self.entryCount = entryCount
        self.stream = stream
        self.index = index
        self.data = data
        self.isFailure = isFailure
    }

    func decide(
        in state: CoordinatorState, at now: Timestamp
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        guard let found = state.stream(target) else { throw .streamNotFound }
        guard !isMeantForPredecessor(of: found, in: state) else { throw .archivalNotTasked }
        guard terminalIndex ?? 0 <= StreamState.lastIndex, entryCount <= StreamState.lastIndex
        else { throw .indexOutOfRange }
        switch ArchivalTransition(of: found.archivalState) {
        case .refused: throw .archivalNotTasked
        case .repeats: return Decision(reply: .nothing)
        case .archives: break
        }
        if let received, received != found.received { throw .archiveOutdated }
        if countsAll, !isFailure, entryCount < Self.expected(of: found) { throw .archiveOutdated }
        let info = ArchiveInfo(
            time: now, entryCount: isFailure ? 0 : entryCount, stream: stream, index: index,
            data: data)
        let terminal = isFailure ? nil : terminalIndex
        let archived = CoordinatorEvent.streamArchived(
            stream: found.id, terminalIndex: terminal, archive: info)
        let after = ArchivalState(archivalKey: [], archive: info, terminalIndex: terminal)
        guard after == .archivedComplete else {
            return Decision(events: [archived], reply: .nothing)
        }
        // Nothing is left to do for tasks that wait, and nothing will be for those to come.
        let waiting = state.tasks.ids(of: found.id)
        let done = waiting.isEmpty ? [] : [CoordinatorEvent.archivalDeleted(tasks: waiting)]
        return Decision(
            events: done + [archived], cancel: DispatchArchival.names(of: found.id),
            reply: .nothing)
    }

    /// What an archive holds that is written now: all up to the end.
    private static func expected(of stream: StreamState) -> UInt64 {
        let end = stream.terminalIndex.map { $0 < .max ? $0 + 1 : .max }
        return stream.received.count(below: end ?? .max)
    }

    /// A report by name does not say which task it is of. While an archivist still holds a task of
    /// a deleted stream that had the same path, a report for one that was never handed out can
    /// only be of that task.
    private func isMeantForPredecessor(
        of stream: StreamState, in state: CoordinatorState
    ) -> Bool {
        guard case .current = target else { return false }
        let isHeld = state.predecessors(of: stream)
            .contains { state.tasks.leaseEnd(of: $0) != nil }
        return isHeld && !state.tasks.wasHandedOut(stream.id)
    }
}

/// How a caller names a stream: archivists of this program by identity, others as they can.
package enum StreamTarget: Hashable, Sendable {
    case identity(StreamID)
    case current(StreamKey)
}

/// The transition table of the archival part of a stream's life, for a report.
enum ArchivalTransition: Hashable {
    case archives
    /// Archived already.
    case repeats
    case refused

    // swift-format-ignore
    init(of state: ArchivalState) {
        switch state {
        case .notArchived:                         self = .refused
        case .tasked:                              self = .archives
        case .archivedPartial, .archivedComplete:  self = .repeats
        }
    }
}
