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
    private let ingest: BundleIngest

    init(_ ingest: BundleIngest) { self.ingest = ingest }

    func reply(to request: HTTPRequest) async -> HTTPReply {
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
        return Self.reply(await takeAll(body))
    }

    /// One outcome a message; behind a broken one, or one too many, nothing is taken.
    private func takeAll(_ body: [UInt8]) async -> [MessageOutcome] {
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
            outcomes += await takeAll(window.messages)
            if let broken = window.broken { return outcomes + [.dropped("\(broken)")] }
        }
        return outcomes
    }

    /// All at once: the order of messages does not matter, and their syncs are shared.
    private func takeAll(_ messages: [BundleMessage]) async -> [MessageOutcome] {
        guard messages.count > 1 else {
            guard let only = messages.first else { return [] }
            return [await ingest.ingest(only)]
        }
        return await withTaskGroup(of: (Int, MessageOutcome).self) { group in
            for (index, message) in messages.enumerated() {
                group.addTask { (index, await ingest.ingest(message)) }
            }
            var outcomes = [MessageOutcome](repeating: MessageOutcome(), count: messages.count)
            for await (index, outcome) in group { outcomes[index] = outcome }
            return outcomes
        }
    }

    private static func reply(_ outcomes: [MessageOutcome]) -> HTTPReply {
        let status =
            outcomes.contains { $0.shouldRetry }
            ? 503 : outcomes.contains { $0.dropped > 0 } ? 400 : 200
        var text = ""
        for outcome in outcomes {
            let reason = JSONText.quoted(outcome.reason)
            text += "{\"accepted\":\(outcome.accepted),\"dropped\":\(outcome.dropped),"
            text += "\"reason\":\(reason)}\n"
        }
        return HTTPReply(
            status: status, headers: ["Content-Type": "application/json"],
            body: .bytes(Array(text.utf8)))
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
