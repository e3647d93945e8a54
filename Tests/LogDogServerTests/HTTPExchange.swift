import ByteCoding
import Crypto
import Foundation
import TestSupport

/// One recorded plain HTTP exchange (`corpus/http/README.md`).
struct HTTPExchange {
    let request: JSONObject
    let expected: JSONObject

    /// What the server answers otherwise than the original did; empty if nothing.
    func differences(on client: LoopbackClient) async throws -> [String] {
        let headers = request.object("headers")?.members.compactMapValues { $0 as? String } ?? [:]
        let body = request.hex("body_hex") ?? Array((request.string("body") ?? "").utf8)
        let reply = try await client.request(
            request.string("method") ?? "GET", request.string("target") ?? "/",
            headers: headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, body: body)
        guard reply.status == expected.int("status") else {
            let accepted = expected.members["accept"] as? [Int] ?? []
            if accepted.contains(reply.status) { return [] }
            let text = String(decoding: reply.body.prefix(200), as: UTF8.self)
            return ["status \(reply.status), not \(expected.int("status") ?? -1): \(text)"]
        }
        return headerDifferences(reply) + bodyDifferences(try content(of: reply))
    }

    /// The body, inflated if it came deflated.
    private func content(of reply: LoopbackClient.Reply) throws -> [UInt8] {
        guard reply.headers["content-encoding"] == "gzip" else { return reply.body }
        var body: [UInt8] = []
        try Inflater(envelope: .gzip).inflate(reply.body[...], into: &body, limit: 64 << 20)
        return body
    }

    private func headerDifferences(_ reply: LoopbackClient.Reply) -> [String] {
        let wanted = expected.object("headers")?.members ?? [:]
        return wanted.sorted { $0.key < $1.key }.compactMap { name, value in
            guard let value = value as? String else { return nil }
            let found = reply.headers[name.lowercased()] ?? "nothing"
            return compared(found, name, reply) == compared(value, name, reply)
                ? nil : "header \(name) is \(found), not \(value)"
        }
    }

    /// Of errors the media type counts without its parameters.
    private func compared(
        _ value: String, _ name: String, _ reply: LoopbackClient.Reply
    ) -> String {
        guard reply.status >= 400, name.lowercased() == "content-type" else { return value }
        return String(value.prefix { $0 != ";" })
    }

    private func bodyDifferences(_ content: [UInt8]) -> [String] {
        if let text = expected.string("body"), Array(text.utf8) != content {
            let found = String(decoding: content.prefix(400), as: UTF8.self)
            return ["the body is \(found.debugDescription)"]
        }
        if let digest = expected.string("body_sha256") {
            guard content.count == expected.int("body_bytes") else {
                return ["the body has \(content.count) bytes"]
            }
            let found = SHA256.hash(data: content).map { byte in
                String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }.joined()
            if found != digest { return ["the body has digest \(found)"] }
        }
        if let lite = expected.string("lite") {
            let found = ViewerMarkup(content).lines(of: "lite")
            return found == lite ? [] : ["the lines are \(found.debugDescription)"]
        }
        if let full = expected.members["full"] as? [[String: String]] {
            let found = ViewerMarkup(content).fullLines
            return found == full ? [] : ["the lines are \(found)"]
        }
        guard let json = expected.members["json"] else { return [] }
        let guardLine = Array(")]}'\n".utf8)
        guard content.starts(with: guardLine) else { return ["there is no guard line"] }
        do {
            let found = try JSONSerialization.jsonObject(
                with: Data(content.dropFirst(guardLine.count)), options: .fragmentsAllowed)
            let difference = JSONComparison.difference(
                JSONComparison.canonical(json), JSONComparison.canonical(found))
            return difference.map { [$0] } ?? []
        } catch {
            return ["the body is not JSON: \(error)"]
        }
    }
}
