import AccessControl
import ByteCoding
import ButlerProtocol
import LogDogServices
import PRPCServer
import RPCStatus

/// `POST /ingest/v1/bundles`: one or more messages of Butlers in a body, answered when everything
/// that is taken is durable.
struct IngestRoute: Sendable {
    private static let bodyLimit = 64 << 20
    private static let messageLimit = 65_536
    /// Up to here a body is inflated and checked in a fraction of a millisecond, whatever it holds.
    private static let briefBody = 32 << 10
    private let ingest: BundleIngest
    private let context: ServiceContext
    private let metrics: ServerMetrics

    init(_ ingest: BundleIngest, _ context: ServiceContext, _ metrics: ServerMetrics) {
        self.ingest = ingest
        self.context = context
        self.metrics = metrics
    }

    /// Whether a request is taken on its event loop.
    static func isBrief(_ request: HTTPRequest) -> Bool { request.body.count <= briefBody }

    func reply(to request: HTTPRequest) async -> HTTPReply {
        let caller: Caller
        do throws(RPCError) {
            caller = try await context.authority.identify(request.headers["authorization"])
            try context.payRequest(caller)
        } catch {
            return .refusal(error)
        }
        var body = request.body
        if request.headers["content-encoding"] == "gzip" {
            var inflated: [UInt8] = []
            do throws(DeflateError) {
                try Inflater(envelope: .gzip).inflate(
                    body[...], into: &inflated, limit: Self.bodyLimit)
            } catch {
                return .text(400, "the body is no gzip stream of at most \(Self.bodyLimit) bytes")
            }
            body = inflated
        }
        let outcomes = await takeAll(body, caller)
        for outcome in outcomes { metrics.count(outcome) }
        return Self.reply(outcomes)
    }

    /// One outcome a message; behind a broken one, or one too many, nothing is taken.
    private func takeAll(_ body: [UInt8], _ caller: Caller) async -> [MessageOutcome] {
        var outcomes: [MessageOutcome] = []
        var reader = ByteReader(body)
        let inflater = Inflater()
        while !reader.isAtEnd {
            guard outcomes.count < Self.messageLimit else {
                return outcomes + [
                    .dropped(
                        "a body has at most \(Self.messageLimit) messages; send the rest again")
                ]
            }
            let window = MessageWindow(from: &reader, inflater)
            outcomes += await takeAll(window.messages, caller)
            if let broken = window.broken { return outcomes + [.dropped("\(broken)")] }
        }
        return outcomes
    }

    /// As many as may be submitted together at a time: their syncs are shared.
    private func takeAll(
        _ messages: [BundleMessage], _ caller: Caller
    ) async -> [MessageOutcome] {
        var outcomes: [MessageOutcome] = []
        var batch = BundleBatch()
        for message in messages {
            ingest.check(message, from: caller, into: &batch)
            guard batch.isFull else { continue }
            outcomes += await ingest.submit(batch)
            batch = BundleBatch()
        }
        return outcomes + (await ingest.submit(batch))
    }

    private static func reply(_ outcomes: [MessageOutcome]) -> HTTPReply {
        let toRepeat = outcomes.filter(\.shouldRetry)
        // Only shares stood in the way, and it is known when they are there again.
        let pause = toRepeat.compactMap(\.retryAfter).max()
        let isLimited = !toRepeat.isEmpty && toRepeat.allSatisfy { $0.retryAfter != nil }
        let status =
            isLimited
            ? 429 : !toRepeat.isEmpty ? 503 : outcomes.contains { $0.dropped > 0 } ? 400 : 200
        var text = ""
        for outcome in outcomes {
            let reason = JSONText.quoted(outcome.reason)
            text += "{\"accepted\":\(outcome.accepted),\"dropped\":\(outcome.dropped),"
            text += "\"reason\":\(reason)}\n"
        }
        var reply = HTTPReply(
            status: status, headers: ["Content-Type": "application/json"],
            body: .bytes(Array(text.utf8)))
        if let pause { reply.headers.add("Retry-After", "\(pause.wholeSecondsUp)") }
        return reply
    }
}

/// Text as a JSON string.
enum JSONText {
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case let scalar where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
