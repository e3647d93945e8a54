import ByteCoding
import Crypto
import Foundation
import enum LogDogModel.Dialect
import LogDogProtos
import SwiftProtobuf
import TestSupport
import Testing

/// Replays a recording of the original call by call (`corpus/rpc/README.md`).
final class Transcript {
    /// What this server offers of what a recording may need.
    static let offered: Set<String> = [
        "clock", "acl", "big", "html", "manual-archive", "archiver", "signing",
    ]

    let name: String
    let about: JSONObject
    private let lines: [[String: Any]]
    private let folder: URL
    private let encoding: Encoding
    private var captured: [String: String] = [:]
    private(set) var failures: [String] = []
    private(set) var callsMade = 0

    enum Encoding: String, CaseIterable {
        case json
        case binary
    }

    /// Replays the recordings in a folder of the corpus, each on a server of its own, and records
    /// an issue for every answer that differs.
    static func replayAll(in folder: String, encoding: Encoding) async throws {
        var callsMade = 0
        let recordings = recordings(in: folder)
        for url in recordings {
            let transcript = try Transcript(url, encoding: encoding)
            guard transcript.unmetNeeds.isEmpty else {
                Vectors.notRun(
                    transcript.name, because: transcript.unmetNeeds.joined(separator: ", "))
                continue
            }
            let setUp = try await RecordedSetUp(transcript.dialect) { options in
                if transcript.about.strings("needs").contains("archiver") {
                    options.archives = ["\(options.data)/archive"]
                }
            }
            try await transcript.run(on: setUp)
            try await setUp.stop()
            callsMade += transcript.callsMade
            for failure in transcript.failures { Issue.record("\(encoding): \(failure)") }
        }
        if !recordings.isEmpty { #expect(callsMade > 0) }
    }

    /// The recordings in a folder of the corpus; none, after saying so, where it is not there.
    private static func recordings(in name: String) -> [URL] {
        guard let folder = Vectors.folder(name) else {
            Vectors.notRun(name, because: "the recordings are not there")
            return []
        }
        do {
            return try FileManager.default
                .contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "ndjson" }
                .sorted { $0.lastPathComponent < $1.lastPathComponent }
        } catch {
            Vectors.notRun(name, because: "\(error)")
            return []
        }
    }

    init(_ url: URL, encoding: Encoding) throws {
        name = url.lastPathComponent
        folder = url.deletingLastPathComponent()
        self.encoding = encoding
        let text = try String(contentsOf: url, encoding: .utf8)
        lines = try text.split(separator: "\n").map { line in
            let value = try JSONSerialization.jsonObject(
                with: Data(line.utf8), options: .fragmentsAllowed)
            return try JSONObject(value).members
        }
        about = try JSONObject(lines.first ?? [:])
    }

    /// What the recording needs and this server has not.
    var unmetNeeds: [String] {
        let needs = Set(about.strings("needs"))
        return needs.subtracting(Self.offered).sorted()
    }

    /// What the recorded server spoke.
    var dialect: Dialect { about.string("dialect") == "classic" ? .classic : .current }

    func run(on setUp: RecordedSetUp) async throws {
        for (number, line) in lines.enumerated().dropFirst() {
            let step = try JSONObject(substituted(line))
            let place = "\(name):\(number + 1) \(step.string("note") ?? "")"
            if !Set(step.strings("needs")).isSubset(of: Self.offered) {
                Vectors.notRun(place, because: "needs \(step.strings("needs"))")
            } else if let call = step.string("call") {
                try await run(call, step, place, on: setUp)
            } else if let http = step.object("http") {
                let exchange = HTTPExchange(request: http, expected: step)
                failures += try await exchange.differences(on: setUp.client).map {
                    "\(place): \($0)"
                }
                callsMade += 1
            } else if let file = step.string("bundle") {
                try await send(file, step, place, to: setUp.client)
            } else if let text = step.string("advance") {
                await setUp.advance(by: Self.duration(text))
            } else if step.bool("archive") == true {
                await setUp.server.archiveDue()
            } else if let seconds = step.int("sleep") {
                await setUp.advance(by: .seconds(max(1, seconds)))
            } else {
                failures.append("\(place): a step of a kind that is not known")
            }
        }
    }

    private func run(
        _ method: String, _ step: JSONObject, _ place: String, on setUp: RecordedSetUp
    ) async throws {
        let request = step.members["request"] ?? [String: Any]()
        var (code, reply) = try await call(method, request, setUp.client)
        callsMade += 1
        if let empties = step.int("drain") {
            try await drain(method, request, setUp.client, untilEmpty: empties, &reply)
        }
        if step.string("until") != nil {
            try await followPages(method, request, setUp.client, &reply)
        }
        if let accepted = step.members["accept"] as? [Int], accepted.contains(code) { return }
        guard code == step.int("code") else {
            failures.append("\(place): code \(code), not \(step.int("code") ?? -1)")
            return
        }
        if step.bool("summarise") == true { Self.summarise(&reply) }
        for (name, path) in step.object("capture")?.members ?? [:] {
            guard let path = path as? String else { continue }
            captured[name] = Self.value(at: path, in: reply)
        }
        guard code == 0, var expected = step.members["response"] else { return }
        if let order = step.object("unordered")?.members {
            for (list, key) in order {
                guard let key = key as? String else { continue }
                Self.sort(list, by: key, &reply)
                var object = expected as? [String: Any] ?? [:]
                Self.sort(list, by: key, &object)
                expected = object
            }
        }
        let difference = JSONComparison.difference(
            JSONComparison.canonical(expected), JSONComparison.canonical(reply))
        if let difference { failures.append("\(place): \(difference)") }
    }

    private func call(
        _ method: String, _ request: Any, _ client: LoopbackClient
    ) async throws -> (code: Int, reply: [String: Any]) {
        guard let dot = method.lastIndex(of: ".") else { return (-1, [:]) }
        let service = String(method[..<dot])
        let name = String(method[method.index(after: dot)...])
        let json = try JSONSerialization.data(withJSONObject: request)
        // What only JSON can express, such as an unknown enum name, is sent as JSON in both runs.
        if encoding == .binary, let codec = MessageCodec.all[method],
            let binary = try? codec.encode(json)
        {
            let reply = try await client.call(service, name, binary)
            let code = reply.headers["x-prpc-grpc-code"].flatMap { Int($0) } ?? -1
            guard code == 0 else { return (code, [:]) }
            return (code, try Self.object(try codec.decode(reply.body)))
        }
        let reply = try await client.post(
            "/prpc/\(service)/\(name)",
            headers: [("Content-Type", "application/json"), ("Accept", "application/json")],
            body: Array(json))
        let code = reply.headers["x-prpc-grpc-code"].flatMap { Int($0) } ?? -1
        guard code == 0 else { return (code, [:]) }
        return (code, try Self.object(Data(reply.body.dropFirst(5))))
    }

    /// Repeats the call until so many replies in a row are empty; merges and sorts the tasks.
    private func drain(
        _ method: String, _ request: Any, _ client: LoopbackClient, untilEmpty empties: Int,
        _ reply: inout [String: Any]
    ) async throws {
        var tasks = reply["tasks"] as? [[String: Any]] ?? []
        var inARow = tasks.isEmpty ? 1 : 0
        while inARow < empties {
            let more = try await call(method, request, client).reply["tasks"]
            tasks += more as? [[String: Any]] ?? []
            inARow = more == nil ? inARow + 1 : 0
        }
        reply["tasks"] = tasks.sorted { "\($0["id"] ?? "")" < "\($1["id"] ?? "")" }
    }

    private func followPages(
        _ method: String, _ request: Any, _ client: LoopbackClient, _ reply: inout [String: Any]
    ) async throws {
        var request = request as? [String: Any] ?? [:]
        var streams = reply["streams"] as? [Any] ?? []
        var next = reply["next"] as? String ?? ""
        while !next.isEmpty {
            request["next"] = next
            let page = try await call(method, request, client).reply
            streams += page["streams"] as? [Any] ?? []
            next = page["next"] as? String ?? ""
        }
        reply["next"] = nil
        reply["streams"] = streams
    }

    private func send(
        _ file: String, _ step: JSONObject, _ place: String, to client: LoopbackClient
    ) async throws {
        var message = Array(try Data(contentsOf: folder.appending(path: file)))
        if let secret = step.string("secret").flatMap({ Data(base64Encoded: $0) }) {
            message = RecordedBundle.replacingSecret(in: message, by: Array(secret)) ?? message
        }
        let reply = try await client.post("/ingest/v1/bundles", body: message)
        if step.string("expect") == "accepted", reply.status != 200 {
            let text = String(decoding: reply.body, as: UTF8.self)
            failures.append("\(place): the bundle got status \(reply.status): \(text)")
        }
    }

    /// Puts captured values in place of `${name}`.
    private func substituted(_ value: Any) -> Any {
        switch value {
        case let text as String:
            var text = text
            for (name, value) in captured { text = text.replacing("${\(name)}", with: value) }
            return text
        case let list as [Any]: return list.map(substituted)
        case let object as [String: Any]: return object.mapValues(substituted)
        default: return value
        }
    }

    private static func object(_ data: Data) throws -> [String: Any] {
        try JSONObject(JSONSerialization.jsonObject(with: data)).members
    }

    private static func value(at path: String, in reply: [String: Any]) -> String? {
        var value: Any? = reply
        for part in path.split(separator: ".") {
            if let index = Int(part) {
                let list = value as? [Any] ?? []
                value = list.indices.contains(index) ? list[index] : nil
            } else {
                value = (value as? [String: Any])?[String(part)]
            }
        }
        return value.map { "\($0)" }
    }

    private static func sort(_ list: String, by key: String, _ object: inout [String: Any]) {
        guard let items = object[list] as? [[String: Any]] else { return }
        object[list] = items.sorted { "\($0[key] ?? "0")" < "\($1[key] ?? "0")" }
    }

    /// Count, first and last index, and a digest in place of the entries.
    private static func summarise(_ reply: inout [String: Any]) {
        let logs = reply["logs"] as? [[String: Any]] ?? []
        var hash = SHA256()
        for log in logs {
            hash.update(data: Data("\(log["streamIndex"] ?? "0"):".utf8))
            hash.update(data: rawContent(of: log))
            hash.update(data: Data([0]))
        }
        let digest = hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        var summary: [String: Any] = ["count": logs.count, "sha256": digest]
        summary["first"] = logs.first.map { $0["streamIndex"] ?? "0" }
        summary["last"] = logs.last.map { $0["streamIndex"] ?? "0" }
        reply["logs"] = summary
    }

    private static func rawContent(of log: [String: Any]) -> Data {
        func bytes(_ value: Any?) -> Data {
            (value as? String).flatMap { Data(base64Encoded: $0) } ?? Data()
        }
        if let text = log["text"] as? [String: Any] {
            return (text["lines"] as? [[String: Any]] ?? []).reduce(into: Data()) { raw, line in
                raw += bytes(line["value"])
                raw += Data(((line["delimiter"] as? String) ?? "").utf8)
            }
        }
        let content = log["binary"] ?? log["datagram"]
        return bytes((content as? [String: Any])?["data"])
    }

    private static func duration(_ text: String) -> Duration {
        let number = Double(text.dropLast()) ?? 0
        let scale: Double = ["s": 1, "m": 60, "h": 3600, "d": 86_400][text.suffix(1)] ?? 0
        return .seconds(number * scale)
    }
}
