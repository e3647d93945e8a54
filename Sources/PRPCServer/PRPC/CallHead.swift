import RPCStatus

/// Why a call is not answered with a message.
struct CallFailure: Error {
    let error: RPCError
    /// Nil for the status that belongs to the code.
    let status: Int?
    /// Whether the caller broke the protocol: then it gets to see the text whatever the status.
    let isProtocolError: Bool

    init(_ error: RPCError, status: Int? = nil, isProtocolError: Bool = false) {
        self.error = error
        self.status = status
        self.isProtocolError = isProtocolError || status != nil
    }

    /// `spec/prpc.md §6.2`: Unavailable, with a detail that keeps clients from repeating it.
    static func tooBig(size: Int, limit: Int) -> RPCError {
        RPCError(
            .unavailable,
            "the response of \(size) bytes exceeds the limit of \(limit) that the client set",
            details: [StatusDetail.responseTooBig(size: size, limit: limit)])
    }
}

/// What the header of a call says, checked in the order of `spec/prpc.md §6.2`.
struct CallHead {
    let format: MessageFormat
    let acceptsGzip: Bool
    let maximumReply: Int?
    let timeout: Duration?
    let metadata: CallMetadata
    let authorization: String?

    init(_ request: HTTPRequest) throws(CallFailure) {
        do throws(MessageFormat.Refusal) {
            format = try .accepted(by: request.headers["accept"])
        } catch {
            switch error {
            case .badSyntax: throw Self.refusal("the Accept header is ill-formed")
            case .notAcceptable:
                throw CallFailure(
                    RPCError(.invalidArgument, "no type in Accept is one of pRPC"), status: 406)
            }
        }
        acceptsGzip = try Self.acceptsGzip(request.headers["accept-encoding"])
        maximumReply = try Self.maximumReply(request.headers["x-prpc-max-response-size"])
        do throws(CallMetadata.Malformed) {
            metadata = try CallMetadata(request.headers)
        } catch {
            throw Self.refusal("the header \(error.key) is not base64")
        }
        let timeouts = request.headers.values("x-prpc-grpc-timeout")
        guard timeouts.count <= 1 else {
            throw Self.refusal("X-Prpc-Grpc-Timeout is there more than once")
        }
        // An empty one is none.
        timeout = try timeouts.first { !$0.isEmpty }
            .map { text throws(CallFailure) in try Self.timeout(text) }
        authorization = request.headers["authorization"]
    }

    private static func refusal(_ text: String) -> CallFailure {
        CallFailure(RPCError(.invalidArgument, text))
    }

    private static func acceptsGzip(_ header: String?) throws(CallFailure) -> Bool {
        var accepts = false
        for part in (header ?? "").split(separator: ",") {
            let pieces = part.split(separator: ";").map { $0.replacing(" ", with: "") }
            guard let name = pieces.first else { continue }
            var quality = 1.0
            for piece in pieces.dropFirst() where piece.hasPrefix("q=") {
                guard let value = Double(piece.dropFirst(2)) else {
                    throw refusal("the Accept-Encoding header is ill-formed")
                }
                quality = value
            }
            if name == "gzip" || name == "*" { accepts = quality > 0 }
        }
        return accepts
    }

    private static func maximumReply(_ header: String?) throws(CallFailure) -> Int? {
        guard let header, !header.isEmpty else { return nil }
        guard let limit = Int(header), limit > 0 else {
            throw refusal("X-Prpc-Max-Response-Size is not a number above zero")
        }
        return limit
    }

    /// `<digits><unit>`.
    static func timeout(_ header: String) throws(CallFailure) -> Duration {
        let digits = header.dropLast()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let count = Int64(digits)
        else { throw refusal("X-Prpc-Grpc-Timeout is ill-formed") }
        // A century is as good as more, and cannot overflow.
        let seconds = min(count, 3_155_760_000)
        switch header.last {
        case "H": return .seconds(min(seconds, 876_600) * 3600)
        case "M": return .seconds(min(seconds, 52_596_000) * 60)
        case "S": return .seconds(seconds)
        case "m": return .milliseconds(min(count, 3_155_760_000_000))
        case "u": return .microseconds(min(count, 3_155_760_000_000_000))
        case "n": return .nanoseconds(min(count, 3_155_760_000_000_000_000))
        default: throw refusal("X-Prpc-Grpc-Timeout has an unknown unit")
        }
    }
}
