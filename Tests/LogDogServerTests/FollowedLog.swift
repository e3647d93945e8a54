import Foundation
import LogDogProtos
import LogDogServer
import TestSupport
import Testing

/// A stream of a server that is written to and followed.
struct FollowedLog {
    static let target = "/logs/proj-foo/follow/p/+/s"

    let setUp: RecordedSetUp
    let secret: Data

    init(_ adjust: (inout ServerOptions) -> Void = { _ in }) async throws {
        setUp = try await RecordedSetUp(.current, adjust)
        var registration = Logdog_RegisterPrefixRequest()
        registration.project = "proj-foo"
        registration.prefix = "follow/p"
        registration.sourceInfo = ["test"]
        let reply = try await setUp.client.call(
            "logdog.Registration", "RegisterPrefix", registration.serializedBytes())
        secret = try Logdog_RegisterPrefixResponse(serializedBytes: reply.body).secret
    }

    func append(_ range: Range<UInt64>, terminal: UInt64? = nil) async throws {
        let message = try TestMessage.message(
            prefix: "follow/p", secret: secret, range, terminal: terminal)
        let reply = try await setUp.client.post("/ingest/v1/bundles", body: message)
        #expect(reply.status == 200)
    }

    func follow(lastEvent: String? = nil) async throws -> PageReader {
        try await open("?follow=1", lastEvent: lastEvent)
    }

    func open(_ query: String, lastEvent: String? = nil) async throws -> PageReader {
        let connection = try LoopbackConnection.tcp(port: setUp.server.port)
        var head = "GET \(Self.target)\(query) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
        if let lastEvent { head += "Last-Event-ID: \(lastEvent)\r\n" }
        try await connection.send(Array((head + "\r\n").utf8))
        return PageReader(connection)
    }
}

/// What came of a page so far, chunk headers included.
final class PageReader {
    private let connection: LoopbackConnection
    private(set) var text = ""

    init(_ connection: LoopbackConnection) { self.connection = connection }

    var events: [String] {
        text.replacing("\r\n", with: "\n").split(separator: "\n").filter { $0.hasPrefix("id: ") }
            .map { String($0.dropFirst(4)) }
    }

    struct EndedEarly: Error {
        let text: String
    }

    func read(until wanted: String) async throws {
        while !text.contains(wanted) {
            let bytes = try await connection.receive()
            guard !bytes.isEmpty else { throw EndedEarly(text: text) }
            text += String(decoding: bytes, as: UTF8.self)
        }
    }

    func readToEnd() async throws {
        text += String(decoding: try await connection.receiveAll(), as: UTF8.self)
    }
}
