import LogDogModel
import Platform
import Tumble

/// An administrator of the classic dialect replaces, or clears, the credential for the storage of
/// a cloud (`spec/rpc.md §15.2`).
///
/// Nothing here has a use for it, so it is not kept: the journal says who set what when, by hash.
package struct SetStorageAccount: Sendable {
    /// Who asks.
    package var caller: String
    /// The SHA-256 of the credential; nil: it is cleared.
    package var credential: HashID?

    package init(caller: String, credential: HashID?) {
        self.caller = caller
        self.credential = credential
    }

    func decide(at now: Timestamp) -> Decision<CoordinatorMachine> {
        Decision(
            events: [.storageAccountSet(caller: caller, credential: credential, at: now)],
            reply: .nothing)
    }
}
