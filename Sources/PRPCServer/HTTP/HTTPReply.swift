import NIOCore

/// What is answered to a request.
package struct HTTPReply: Sendable {
    package var status: Int
    package var headers: HTTPFields
    package var body: HTTPBody

    package init(status: Int, headers: HTTPFields = [:], body: HTTPBody = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A line of text.
    package static func text(_ status: Int, _ text: String) -> HTTPReply {
        HTTPReply(
            status: status, headers: ["Content-Type": "text/plain; charset=utf-8"],
            body: .bytes(Array((text + "\n").utf8)))
    }

    package static func redirect(_ status: Int, to location: String) -> HTTPReply {
        HTTPReply(status: status, headers: ["Location": location])
    }
}

/// The body of a reply: all of it, or written piece by piece by a function that runs while the
/// client reads.
package enum HTTPBody: Sendable {
    case bytes([UInt8])
    /// The function is cancelled when the client goes away.
    case stream(@Sendable (HTTPBodyWriter) async throws -> Void)
}

/// Writes pieces of a body.
package struct HTTPBodyWriter: Sendable {
    let send: @Sendable ([UInt8]) async throws -> Void

    package init(send: @escaping @Sendable ([UInt8]) async throws -> Void) { self.send = send }

    /// Returns once the piece is with the system, so that a slow client slows the writer down.
    ///
    /// - Throws: when the client has gone.
    package func write(_ bytes: [UInt8]) async throws { try await send(bytes) }
}

/// Answers requests.
package protocol HTTPHandler: Sendable {
    func reply(to request: HTTPRequest) async -> HTTPReply

    /// Whether the answer takes so little work that going to another thread for it would be most
    /// of it; then it is worked out on the connection's event loop.
    func isBrief(_ request: HTTPRequest) -> Bool
}

extension HTTPHandler {
    package func isBrief(_ request: HTTPRequest) -> Bool { false }
}
