import Platform
import Tumble

/// Another configuration comes into force; the same one again changes nothing.
package struct ChangeConfiguration: Sendable {
    /// The SHA-256 over its files; empty for none.
    package var hash: [UInt8]
    /// Its effective values, without secrets.
    package var text: String

    /// - Parameter hash: 32 bytes, or none.
    package init(hash: [UInt8], text: String) {
        precondition(hash.isEmpty || hash.count == 32, "a SHA-256 has 32 bytes")
        self.hash = hash
        self.text = text
    }

    func decide(
        in state: CoordinatorState, at now: Timestamp
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        guard text.utf8.count <= ConfigurationState.textLimit else {
            throw .configurationTooLong(limit: ConfigurationState.textLimit)
        }
        guard hash != state.configuration?.hash ?? [] else { return Decision(reply: .nothing) }
        return Decision(
            events: [
                .configurationChanged(ConfigurationState(hash: hash, text: text, since: now))
            ], reply: .nothing)
    }
}
