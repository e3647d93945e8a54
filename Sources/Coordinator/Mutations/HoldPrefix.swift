import Platform
import Tumble

/// An administrator puts a prefix on legal hold, or takes the hold away: while it is held, neither
/// retention nor anybody who may delete it removes the prefix, its streams or their archives.
/// Asking for what is so already changes nothing.
package struct HoldPrefix: Sendable {
    package var prefix: PrefixID
    /// False: the hold is taken away.
    package var isHeld: Bool

    package init(_ prefix: PrefixID, isHeld: Bool) {
        self.prefix = prefix
        self.isHeld = isHeld
    }

    func decide(
        in state: CoordinatorState, at now: Timestamp
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        guard let found = state.prefixes[prefix], found.deleted == nil else {
            throw .prefixNotFound
        }
        guard (found.held != nil) != isHeld else { return Decision(reply: .nothing) }
        return Decision(
            events: [.prefixHeld(prefix: prefix, held: isHeld, at: now)], reply: .nothing)
    }
}
