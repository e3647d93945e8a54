import Foundation
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
    let metadata: HTTPFields
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
        metadata = try Self.metadata(request.headers)
        timeout = try Self.timeout(request.headers["x-prpc-grpc-timeout"])
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

    /// `<digits><unit>`; absent and empty mean none.
    static func timeout(_ header: String?) throws(CallFailure) -> Duration? {
        guard let header, let unit = header.last else { return nil }
        let digits = header.dropLast()
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let count = Int64(digits)
        else { throw refusal("X-Prpc-Grpc-Timeout is ill-formed") }
        // A century is as good as more, and cannot overflow.
        let seconds = min(count, 3_155_760_000)
        switch unit {
        case "H": return .seconds(min(seconds, 876_600) * 3600)
        case "M": return .seconds(min(seconds, 52_596_000) * 60)
        case "S": return .seconds(seconds)
        case "m": return .milliseconds(min(count, 3_155_760_000_000))
        case "u": return .microseconds(min(count, 3_155_760_000_000_000))
        case "n": return .nanoseconds(min(count, 3_155_760_000_000_000_000))
        default: throw refusal("X-Prpc-Grpc-Timeout has an unknown unit")
        }
    }

    /// Header fields that are the caller's own; those ending in `-bin` must be base64.
    private static func metadata(_ headers: HTTPFields) throws(CallFailure) -> HTTPFields {
        var metadata = HTTPFields()
        for (name, value) in headers.all {
            let key = name.lowercased()
            guard !isReserved(key) else { continue }
            if key.hasSuffix("-bin") {
                for part in value.split(separator: ",") {
                    let text = part.replacing(" ", with: "")
                    guard Data(base64Encoded: padded(String(text))) != nil else {
                        throw refusal("the header \(key) is not base64")
                    }
                }
            }
            metadata.add(key, value)
        }
        return metadata
    }

    private static func padded(_ text: String) -> String {
        text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    }

    private static func isReserved(_ key: String) -> Bool {
        key.hasPrefix("x-prpc-") || key.hasPrefix("access-control-") || key.hasPrefix("accept")
            || key.hasPrefix("content-") || ["vary", "x-content-type-options"].contains(key)
    }
}
