import ByteCoding
import Journal
import Platform
import Tumble

/// A deadline: a stream of the classic dialect that nobody has archived for so long is given up
/// (`spec/lifecycle.md §3.2`, row 14).
///
/// It counts as archived, without files: nothing is received any more and no archivist is asked.
/// Unlike the original's, its entries stay in the journal and are read from there.
package struct AbandonStream: Hashable, Sendable {
    package var stream: StreamID

    /// Made by registrations; read back from the journal.
    package init(_ stream: StreamID) { self.stream = stream }

    func decide(
        in state: CoordinatorState, at now: Timestamp
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        guard let found = state.stream(stream) else { throw .streamNotFound }
        guard found.archive == nil else { return Decision(reply: .nothing) }
        let tasks = state.tasks.ids(of: stream)
        let done = tasks.isEmpty ? [] : [CoordinatorEvent.archivalDeleted(tasks: tasks)]
        let nothing = ArchiveInfo(
            time: now, entryCount: 0, stream: ArchiveObject(), index: ArchiveObject())
        return Decision(
            events: done + [
                .streamArchived(
                    stream: stream, terminalIndex: found.terminalIndex, archive: nothing)
            ], cancel: DispatchArchival.names(of: stream), reply: .nothing)
    }

    /// Nil where streams are never given up, and for one of the current dialect.
    static func scheduled(
        for stream: StreamState, _ timers: ArchivalTimers
    ) -> ScheduledMutation<CoordinatorMachine>? {
        guard stream.isClassic, let age = timers.abandonment else { return nil }
        return ScheduledMutation(
            mutation: .abandonStream(AbandonStream(stream.id)),
            root: MutationRoot(rawValue: stream.id.record.rawValue), name: name(of: stream.id),
            due: stream.created.adding(age))
    }

    static func name(of stream: StreamID) -> MutationName {
        MutationName(rawValue: "abandon-stream-\(stream.record)")
    }

    func encode(into bytes: inout [UInt8]) { bytes.appendVarint(stream.record.rawValue) }

    init(decoding reader: inout ByteReader) throws {
        stream = try EventCodecV1.streamID(&reader)
    }
}
