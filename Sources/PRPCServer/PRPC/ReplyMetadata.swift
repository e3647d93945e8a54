import Foundation
import Platform

/// What a handler says besides its reply, or its refusal: sent as header fields.
package final class ReplyMetadata: Sendable {
    private let fields = Lock(HTTPFields())

    package init() {}

    /// - Parameter key: a header name that is not one of pRPC's own.
    package func add(_ key: String, _ text: String) {
        fields.withLock { $0.add(key, text) }
    }

    /// - Parameter key: ends in `-bin`; the bytes go as base64.
    package func add(_ key: String, _ bytes: [UInt8]) {
        precondition(key.lowercased().hasSuffix("-bin"), "bytes stand under a key that says so")
        fields.withLock { $0.add(key, Data(bytes).base64EncodedString()) }
    }

    var all: HTTPFields { fields.withLock { $0 } }
}
