import ByteCoding
import Foundation
import LogDogProtos
import SwiftProtobuf
import TestSupport
import Testing

/// What clients of the original sent over their connections, byte for byte, and what they must get.
///
/// The streams that the recorded server had are made from what it answered to `cat`.
@Suite(.serialized) struct WireVectorTests {
    private static func captures() throws -> [JSONObject] {
        guard let folder = Vectors.folder("wire") else {
            Vectors.notRun("wire", because: "the recordings are not there")
            return []
        }
        let index = try Data(contentsOf: folder.appending(path: "index.json"))
        return try JSONObject(JSONSerialization.jsonObject(with: index)).objects("captures")
    }

    @Test func `recorded connections are answered as the original answered them`() async throws {
        let captures = try Self.captures()
        guard !captures.isEmpty, let folder = Vectors.folder("wire") else { return }
        let setUp = try await RecordedSetUp()
        var secrets: [String: Data] = [:]
        var run = 0
        for capture in captures {
            for file in capture.objects("files").compactMap({ $0.string("file") })
            where file.hasSuffix(".c2s.bin") {
                guard file.contains(".coord") else {
                    Vectors.notRun("wire: \(file)", because: "there is no Pub/Sub door yet")
                    continue
                }
                let answered = file.replacing(".c2s.", with: ".s2c.")
                let sent = Array(try Data(contentsOf: folder.appending(path: file)))
                let recorded = try WireReply.all(
                    in: Array(try Data(contentsOf: folder.appending(path: answered))))
                let calls = try WireCall.all(in: sent)
                try await Self.provide(calls, recorded, &secrets, on: setUp)
                let connection = try LoopbackConnection.tcp(port: setUp.server.port)
                try await connection.send(sent)
                connection.finishSending()
                let replies = try WireReply.all(in: try await connection.receiveAll())
                #expect(replies.count == recorded.count, "\(file)")
                for (number, pair) in zip(replies, recorded).enumerated() {
                    let call = calls.indices.contains(number) ? calls[number] : nil
                    let difference = try pair.0.difference(from: pair.1, call)
                    #expect(difference == nil, "\(file), call \(number + 1)")
                    if let call { try call.note(pair.0, in: &secrets) }
                    run += 1
                }
            }
        }
        try await setUp.stop()
        #expect(run > 0)
    }

    /// Puts the streams on the server that a recorded Get had found.
    private static func provide(
        _ calls: [WireCall], _ replies: [WireReply], _ secrets: inout [String: Data],
        on setUp: RecordedSetUp
    ) async throws {
        for (call, reply) in zip(calls, replies)
        where call.method == "Get" && call.isBinary && reply.code == 0 {
            let request = try Logdog_GetRequest(serializedBytes: call.body)
            let response = try Logdog_GetResponse(serializedBytes: reply.body)
            guard response.hasDesc, let secret = secrets[response.desc.prefix] else { continue }
            var part = Logpb_ButlerLogBundle.Entry()
            part.desc = response.desc
            part.logs = response.logs
            if response.state.terminalIndex >= 0 {
                part.terminal = true
                part.terminalIndex = UInt64(response.state.terminalIndex)
            }
            var bundle = Logpb_ButlerLogBundle()
            bundle.project = request.project
            bundle.prefix = response.desc.prefix
            bundle.secret = secret
            bundle.entries = [part]
            var message: [UInt8] = []
            message.appendLengthPrefixed([0x08, 1, 0x1a, 1, 0x31] as [UInt8])
            message.appendLengthPrefixed(try bundle.serializedBytes() as [UInt8])
            let answer = try await setUp.client.post("/ingest/v1/bundles", body: message)
            #expect(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
        }
    }
}

/// One recorded request.
struct WireCall {
    let method: String
    let isBinary: Bool
    let body: [UInt8]

    static func all(in bytes: [UInt8]) throws -> [WireCall] {
        try HTTPMessages.split(bytes).map { message in
            let target = message.start.split(separator: " ").dropFirst().first ?? ""
            return WireCall(
                method: String(target.split(separator: "/").last ?? ""),
                isBinary: message.headers["content-type"]?.contains("json") != true,
                body: message.body)
        }
    }

    /// Remembers the secret of a registration.
    func note(_ reply: WireReply, in secrets: inout [String: Data]) throws {
        guard method == "RegisterPrefix", reply.code == 0 else { return }
        let request = try Logdog_RegisterPrefixRequest(serializedBytes: body)
        secrets[request.prefix] =
            try Logdog_RegisterPrefixResponse(serializedBytes: reply.body).secret
    }
}

/// One reply, its body inflated.
struct WireReply {
    let status: String
    let code: Int?
    let contentType: String
    let body: [UInt8]

    static func all(in bytes: [UInt8]) throws -> [WireReply] {
        try HTTPMessages.split(bytes).map { message in
            var body = message.body
            if message.headers["content-encoding"] == "gzip" {
                body = []
                // Nothing of a recording that was cut short can be read.
                if !message.isCut {
                    try Inflater(envelope: .gzip)
                        .inflate(message.body[...], into: &body, limit: 64 << 20)
                }
            }
            return WireReply(
                status: String(message.start.split(separator: " ").dropFirst().first ?? ""),
                code: message.headers["x-prpc-grpc-code"].flatMap { Int($0) },
                contentType: String((message.headers["content-type"] ?? "").prefix { $0 != ";" }),
                body: body)
        }
    }

    /// What differs besides secrets, times and texts of errors; nil if nothing.
    func difference(from recorded: WireReply, _ call: WireCall?) throws -> String? {
        guard status == recorded.status, code == recorded.code else {
            return "status \(status), code \(code ?? -1): \(String(decoding: body, as: UTF8.self))"
        }
        guard contentType == recorded.contentType else { return "content type \(contentType)" }
        guard code == 0, let call else { return nil }
        switch (call.method, call.isBinary) {
        case ("Get", true), ("Tail", true):
            let ours = try Logdog_GetResponse(serializedBytes: body)
            let theirs = try Logdog_GetResponse(serializedBytes: recorded.body)
            if ours.logs != theirs.logs { return "\(ours.logs.count) other entries" }
            if ours.state.terminalIndex != theirs.state.terminalIndex { return "terminal index" }
            return ours.desc == theirs.desc ? nil : "descriptor"
        case ("Describe", true):
            // Of the recorded reply only the beginning is there.
            let ours = try Discovery_DescribeResponse(serializedBytes: body)
            let described = Set(
                ours.description_p.file.flatMap { file in
                    file.service.map { "\(file.package).\($0.name)" }
                })
            let isWhole =
                ours.services.contains("logdog.Logs") && described.isSuperset(of: ours.services)
            return isWhole ? nil : "services \(ours.services)"
        case ("Query", true):
            let ours = try Logdog_QueryResponse(serializedBytes: body)
            let theirs = try Logdog_QueryResponse(serializedBytes: recorded.body)
            let paths = ours.streams.map(\.path)
            // Streams that no recorded Get had read are not here.
            let expected = theirs.streams.map(\.path).filter { paths.contains($0) }
            return paths == expected && !paths.isEmpty ? nil : "paths \(paths)"
        default: return nil
        }
    }
}

/// HTTP messages back to back, with a length or in chunks.
private enum HTTPMessages {
    struct Message {
        var start: String
        var headers: [String: String]
        var body: [UInt8]
        /// Whether the bytes end within it.
        var isCut = false
    }

    struct Malformed: Error {}

    static func split(_ bytes: [UInt8]) throws -> [Message] {
        var messages: [Message] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let head = try take(through: "\r\n\r\n", from: &rest)
            let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
            var message = Message(start: String(lines.first ?? ""), headers: [:], body: [])
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2 else { throw Malformed() }
                message.headers[parts[0].lowercased()] =
                    parts[1].trimmingPrefix(" ").description
            }
            if message.headers["transfer-encoding"] == "chunked" {
                (message.body, message.isCut) = try chunks(&rest)
            } else {
                let length = message.headers["content-length"].flatMap { Int($0) } ?? 0
                guard length <= rest.count else { throw Malformed() }
                message.body = Array(rest.prefix(length))
                rest = rest.dropFirst(length)
            }
            messages.append(message)
        }
        return messages
    }

    private static func chunks(
        _ rest: inout ArraySlice<UInt8>
    ) throws -> (body: [UInt8], isCut: Bool) {
        var body: [UInt8] = []
        while true {
            let line = String(decoding: try take(through: "\r\n", from: &rest), as: UTF8.self)
            guard let size = Int(line, radix: 16) else { throw Malformed() }
            guard size + 2 <= rest.count else {
                rest = []
                return (body, true)
            }
            body += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
            if size == 0 { return (body, false) }
        }
    }

    /// What stands before `end`, which is passed over.
    private static func take(
        through end: String, from rest: inout ArraySlice<UInt8>
    ) throws -> ArraySlice<UInt8> {
        let pattern = Array(end.utf8)
        guard
            let start = rest.indices.first(where: { rest[$0...].starts(with: pattern) })
        else { throw Malformed() }
        defer { rest = rest[(start + pattern.count)...] }
        return rest[..<start]
    }
}
