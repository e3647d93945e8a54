/// A call that was not answered with OK.
///
/// The code is the contract; the message is for people (`spec/rpc.md §1`) and never holds a secret.
package struct RPCError: Error, Hashable, Sendable {
    /// A message of any type, serialized, that tells programs more.
    package struct Detail: Hashable, Sendable {
        package let typeURL: String
        package let value: [UInt8]

        package init(typeURL: String, value: [UInt8]) {
            self.typeURL = typeURL
            self.value = value
        }
    }

    /// Never `ok`.
    package let code: StatusCode
    package let message: String
    package let details: [Detail]

    package init(_ code: StatusCode, _ message: String, details: [Detail] = []) {
        precondition(code != .ok, "an error has a code other than OK")
        self.code = code
        self.message = message
        self.details = details
    }
}
