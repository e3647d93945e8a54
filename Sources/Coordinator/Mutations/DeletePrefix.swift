import Platform
import Tumble

/// Somebody who may deletes a prefix with all its streams (`spec/rpc.md §7`).
///
/// By identity: whoever was allowed to delete one prefix never deletes another one of its name.
/// One event makes all of it be not found; what it held is cleaned up piece by piece.
package struct DeletePrefix: Sendable {
    package var prefix: PrefixID

    package init(prefix: PrefixID) { self.prefix = prefix }

    func decide(
        in state: CoordinatorState, at now: Timestamp
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        guard let found = state.prefixes[prefix], found.deleted == nil else {
            throw .prefixNotFound
        }
        guard found.held == nil else { throw .prefixHeld }
        let cleanUp = RemoveStreams(of: prefix, reason: .prefixDeleted)
        return Decision(
            events: [.prefixDeleted(prefix: prefix, at: now)],
            schedule: [cleanUp.scheduled(due: now)],
            cancel: [RemoveStreams.name(of: prefix, .expired)], reply: .nothing)
    }
}
