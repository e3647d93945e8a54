import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import Platform
import StreamArchive

/// Signed requests to an S3-compatible service, tried again while it is worth it. Blocks.
struct S3Client: Sendable {
    /// A request; one that is sent again means the same.
    struct Request {
        var method: HTTPMethod
        var key: String
        var query: [(String, String)] = []
        var headers: [(String, String)] = []
        var body: [UInt8] = []
        /// The most bytes that the reply may have.
        var replyLimit = 1 << 20
    }

    struct Reply {
        let status: UInt
        let headers: HTTPHeaders
        let body: [UInt8]

        private var text: String { String(decoding: body, as: UTF8.self) }

        /// What stands between the first pair of tags of that name.
        func element(_ name: String) -> String? { Self.element(name, in: text[...]) }

        /// What stands between each pair of tags of that name, as it came.
        func elements(_ name: String) -> [Substring] {
            var found: [Substring] = []
            var rest = text[...]
            while let range = Self.range(of: name, in: rest) {
                found.append(rest[range])
                rest = rest[range.upperBound...]
            }
            return found
        }

        static func element(_ name: String, in text: Substring) -> String? {
            range(of: name, in: text).map { unescaped(text[$0]) }
        }

        private static func range(
            of name: String, in text: Substring
        ) -> Range<Substring.Index>? {
            guard let start = text.range(of: "<\(name)>"),
                let end = text.range(
                    of: "</\(name)>", range: start.upperBound..<text.endIndex)
            else { return nil }
            return start.upperBound..<end.lowerBound
        }

        private static func unescaped(_ text: Substring) -> String {
            guard text.contains("&") else { return String(text) }
            let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'")]
            // The ampersand last, so that nothing is taken for an entity that was none.
            return (entities + [("&amp;", "&")]).reduce(String(text)) { text, entity in
                text.replacingOccurrences(of: entity.0, with: entity.1)
            }
        }
    }

    /// How often a request is sent at most, and the pause before the second time; it doubles.
    static let attempts = 5
    static let firstPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(5)
    /// For one attempt: 16 MiB at 300 KiB/s.
    private static let timeout = TimeAmount.seconds(60)

    /// Lives as long as the program. It does not try to connect again by itself: that would take all
    /// of an attempt's time where nobody listens.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    let location: S3Location
    let signer: SigV4
    let clock: any Clock
    let randomness: any Randomness
    /// Waits; tests do not.
    let pause: @Sendable (Duration) -> Void

    /// Sends a request until the service says something that lasts.
    ///
    /// - Returns: any reply with a status under 500 except 408, 409 and 429.
    /// - Throws: `unavailable` after five attempts.
    func send(_ request: Request) throws(ObjectError) -> Reply {
        var problem = ""
        for attempt in 1...Self.attempts {
            do {
                let reply = try sendOnce(request)
                guard reply.status >= 500 || [408, 409, 429].contains(reply.status) else {
                    return reply
                }
                problem = "status \(reply.status) \(reply.element("Code") ?? "")"
            } catch {
                problem = "\(error)"
            }
            if attempt < Self.attempts { pause(backOff(after: attempt)) }
        }
        throw .unavailable(
            "s3://\(location.bucket)/\(request.key)",
            reason: "\(request.method) failed \(Self.attempts) times: \(problem)")
    }

    /// A random part of 0.1, 0.2, 0.4, … seconds, so that many clients do not come back at once.
    func backOff(after attempt: Int) -> Duration {
        let longest = min(Self.longestPause, Self.firstPause * (1 << (attempt - 1)))
        let random = randomness.bytes(2).reduce(0) { $0 << 8 | Int64($1) }
        return longest * Int(random) / 65_535
    }

    private func sendOnce(_ request: Request) throws -> Reply {
        let path = location.path(of: request.key)
        let hash = SHA256.hash(data: request.body)
        let signed = signer.headers(
            request.method.rawValue, host: location.host, path: path, query: request.query,
            headers: request.headers, payloadHash: SigV4.hex(hash), at: clock.wall())
        let query = SigV4.canonical(request.query)
        let message = try HTTPClient.Request(
            url: location.endpoint + path + (query.isEmpty ? "" : "?\(query)"),
            method: request.method, headers: HTTPHeaders(signed.map { ($0.0, $0.1) }),
            body: request.body.isEmpty ? nil : .bytes(request.body))
        let response = try Self.http.execute(
            request: message,
            delegate: ResponseAccumulator(request: message, maxBodySize: request.replyLimit),
            deadline: .now() + Self.timeout
        ).wait()
        return Reply(
            status: response.status.code, headers: response.headers,
            body: response.body.map { Array($0.readableBytesView) } ?? [])
    }
}
