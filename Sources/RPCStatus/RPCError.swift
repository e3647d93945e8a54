/// A call that was not answered with OK.
///
/// The code is the contract; the message is for people (`spec/rpc.md §1`) and never holds a secret.
package struct RPCError: Error, Hashable, Sendable {
    /// A message that tells programs more, in the encodings that a caller may want it in.
    package struct Detail: Hashable, Sendable {
        package let typeURL: String
        package let binary: [UInt8]
        /// An object of its fields.
        package let json: String
        /// Its fields, without braces around them.
        package let text: String

        package init(typeURL: String, binary: [UInt8], json: String, text: String) {
            self.typeURL = typeURL
            self.binary = binary
            self.json = json
            self.text = text
        }
    }

    /// Never `ok`.
    package let code: StatusCode
    package let message: String
    package let details: [Detail]
    /// When it is worth trying again; nil where nothing is known of that.
    package let retryAfter: Duration?

    package init(
        _ code: StatusCode, _ message: String, details: [Detail] = [],
        retryAfter: Duration? = nil
    ) {
        precondition(code != .ok, "an error has a code other than OK")
        self.code = code
        self.message = message
        self.details = details
        self.retryAfter = retryAfter
    }
}

extension Duration {
    /// As the header `Retry-After` has it: whole seconds, rounded up.
    package var wholeSecondsUp: Int64 {
        components.seconds + (components.attoseconds > 0 ? 1 : 0)
    }
}
