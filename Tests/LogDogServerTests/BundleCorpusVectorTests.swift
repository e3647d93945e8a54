import ByteCoding
import Crypto
import Foundation
import LogDogProtos
import TestSupport
import Testing

/// What a real Butler sent, in every recorded order and through both doors.
@Suite(.serialized) struct BundleCorpusVectorTests {
    enum Door: CaseIterable {
        /// All messages in one body.
        case body
        case socket
    }

    private static func cases() throws -> [JSONObject] {
        guard let folder = Vectors.folder("bundles") else {
            Vectors.notRun("bundles", because: "the recordings are not there")
            return []
        }
        let index = try Data(contentsOf: folder.appending(path: "index.json"))
        return try JSONObject(JSONSerialization.jsonObject(with: index)).objects("cases")
    }

    @Test(arguments: Door.allCases)
    func `every delivery of the same frames leads to the recorded streams`(
        _ door: Door
    ) async throws {
        for recorded in try Self.cases() {
            for delivery in recorded.objects("deliveries") {
                let setUp = try await RecordedSetUp()
                let place = "\(recorded.string("case") ?? "") \(delivery.string("name") ?? "")"
                try await Self.deliver(recorded, delivery, place, door, setUp)
                for stream in recorded.objects("streams") {
                    let stored = try await StoredStream(
                        project: recorded.string("project") ?? "",
                        path: "\(recorded.string("prefix") ?? "")/+/\(stream.string("name") ?? "")",
                        on: setUp.client)
                    #expect(stored.difference(from: stream) == nil, "\(place) by \(door)")
                }
                try await setUp.stop()
            }
        }
    }

    private static func deliver(
        _ recorded: JSONObject, _ delivery: JSONObject, _ place: String, _ door: Door,
        _ setUp: RecordedSetUp
    ) async throws {
        let folder = try #require(Vectors.folder("bundles"))
        var registration = Logdog_RegisterPrefixRequest()
        registration.project = recorded.string("project") ?? ""
        registration.prefix = recorded.string("prefix") ?? ""
        registration.sourceInfo = ["corpus"]
        let reply = try await setUp.client.call(
            "logdog.Registration", "RegisterPrefix", registration.serializedBytes())
        let secret = try Logdog_RegisterPrefixResponse(serializedBytes: reply.body).secret
        let messages = try delivery.strings("frames").map { file in
            let message = Array(try Data(contentsOf: folder.appending(path: file)))
            return try #require(
                RecordedBundle.replacingSecret(in: message, by: Array(secret)), "\(place)")
        }
        switch door {
        case .body:
            let reply = try await setUp.client.post(
                "/ingest/v1/bundles", body: messages.flatMap { $0 })
            let lines = String(decoding: reply.body, as: UTF8.self).split(separator: "\n")
            #expect(reply.status == 200, "\(place): \(lines)")
            #expect(lines.count == messages.count, "\(place)")
        case .socket:
            let sender = try LoopbackConnection.tcp(port: try #require(setUp.server.ingestPort))
            try await sender.send(messages.flatMap { $0 })
            sender.finishSending()
            let answers = try IngestAnswer.all(in: try await sender.receiveAll())
            #expect(answers == messages.map { _ in IngestAnswer(code: 0, text: "") }, "\(place)")
        }
    }
}

/// What the socket door says of one message.
struct IngestAnswer: Equatable {
    let code: UInt64
    let text: String

    static func all(in bytes: [UInt8]) throws -> [IngestAnswer] {
        var answers: [IngestAnswer] = []
        var frames = ByteReader(bytes)
        while !frames.isAtEnd {
            var frame = ByteReader(try frames.lengthPrefixed())
            answers.append(
                IngestAnswer(
                    code: try frame.varint(),
                    text: String(decoding: try frame.take(frame.remaining), as: UTF8.self)))
        }
        return answers
    }
}

/// A stream as `Logs.Get` gives it back.
struct StoredStream {
    private(set) var entries: [Logpb_LogEntry] = []
    private let first: Logdog_GetResponse

    init(project: String, path: String, on client: LoopbackClient) async throws {
        var request = Logdog_GetRequest()
        request.project = project
        request.path = path
        request.state = true
        first = try await Self.get(request, client)
        entries = first.logs
        request.state = false
        while let last = entries.last {
            request.index = Int64(last.streamIndex) + 1
            let page = try await Self.get(request, client).logs
            if page.isEmpty { break }
            entries += page
        }
    }

    private static func get(
        _ request: Logdog_GetRequest, _ client: LoopbackClient
    ) async throws -> Logdog_GetResponse {
        let reply = try await client.call("logdog.Logs", "Get", request.serializedBytes())
        #expect(reply.headers["x-prpc-grpc-code"] == "0", "\(request.path)")
        return try Logdog_GetResponse(serializedBytes: reply.body)
    }

    var terminalIndex: Int64 { first.state.terminalIndex }

    /// How it differs from what the corpus says of it; nil if in nothing.
    func difference(from recorded: JSONObject) -> String? {
        let name = recorded.string("name") ?? ""
        let raw = entries.reduce(into: Data()) { raw, entry in
            for line in entry.text.lines { raw += line.value + Data(line.delimiter.utf8) }
            raw += entry.binary.data + entry.datagram.data
        }
        let digest = SHA256.hash(data: raw).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
        if entries.count != recorded.int("entries") { return "\(name): \(entries.count) entries" }
        if digest != recorded.string("raw_sha256") { return "\(name): \(raw.count) other bytes" }
        if terminalIndex != Int64(recorded.int("terminal_index") ?? -1) {
            return "\(name): terminal index \(terminalIndex)"
        }
        if first.desc.contentType != recorded.string("content_type") {
            return "\(name): content type \(first.desc.contentType)"
        }
        let tags = recorded.object("tags")?.members as? [String: String] ?? [:]
        return first.desc.tags == tags ? nil : "\(name): tags \(first.desc.tags)"
    }
}
