import Coordinator
import Foundation
import Journal
import LogDogModel
import LogDogProtos
import PRPCServer
import SwiftProtobuf
import TestSupport
import Testing

@testable import LogDogServer

/// What pages of logs show and where links lead, by `format-vectors.json`, group `http`.
@Suite struct ViewerVectorTests {
    private static func cases(_ name: String) throws -> [JSONObject] {
        try Vectors.formatGroup("http")?.objects(name) ?? []
    }

    @Test func `addresses in a line become links`() throws {
        for vector in try Self.cases("linkify") {
            let text = try #require(vector.string("in"))
            #expect(LinkedText.markup(text) == vector.string("out"))
        }
    }

    @Test func `a line says when it came and how long nothing did`() throws {
        for vector in try Self.cases("line_duration") {
            let previous = Int64(try #require(vector.int("previous_ns"))) / 1_000_000
            let current = Int64(try #require(vector.int("current_ns"))) / 1_000_000
            #expect(ViewerPage.label(milliseconds: current) == vector.string("text"))
            let delta = previous == 0 ? 0 : current - previous
            #expect(delta == vector.int("delta_ms").map { Int64($0) })
            let style = PauseShade(milliseconds: delta).style
            for (property, member) in [("background-color", "background"), ("color", "color")] {
                let found = style.split(separator: ";").first { $0.hasPrefix(property + ":") }
                #expect(
                    found.map { String($0.dropFirst(property.count + 1)) }
                        == vector.string(member), "\(vector.members)")
            }
        }
    }

    @Test func `a line is linked to by its entry and its place in it`() throws {
        guard let anchor = try Vectors.formatGroup("http")?.object("line_anchor") else { return }
        var entry = Logpb_LogEntry()
        entry.text.lines = [Logpb_Text.Line()]
        var page = try Self.page("text/plain", isFull: true)
        let id = try #require(anchor.string("example"))
        #expect(page.lines(of: entry).contains("id=\"\(id)\""))
    }

    @Test func `a page of plain text is one of markup in the same character set`() throws {
        for vector in try Self.cases("html_content_type") {
            // What is raw keeps its type: `http-01-logs` has it.
            guard let format = vector.string("format"), format != "raw" else { continue }
            let type = try #require(vector.string("descriptor"))
            let page = try Self.page(type, isFull: format == "full")
            #expect(page.contentType == vector.string("header"), "\(type)")
        }
    }

    @Test func `addresses of streams are taken apart`() throws {
        guard let urls = try Vectors.formatGroup("http")?.object("stream_urls") else { return }
        for vector in urls.objects("ok") {
            let text = try #require(vector.string("url"))
            let address = try LogDogModel.StreamAddress(parsing: text)
            #expect(address.host == vector.string("host"))
            #expect(address.project == vector.string("project"))
            #expect(address.path.text == vector.string("path"))
        }
        for text in urls.strings("bad") {
            #expect(throws: (any Error).self, "\(text)") {
                try LogDogModel.StreamAddress(parsing: text)
            }
        }
    }

    @Test func `the viewer's old addresses lead to the page of their first stream`() throws {
        for vector in try Self.cases("viewer_urls") {
            let url = try #require(vector.string("url").flatMap { URL(string: $0) })
            guard url.path.hasPrefix("/v") else { continue }
            let target = "/v/?" + (url.query(percentEncoded: true) ?? "")
            let reply = ViewerRedirect.reply(
                to: HTTPRequest(method: "GET", target: target, headers: [:], body: []))
            let first = try #require(vector.strings("paths").first)
            let location = try #require(reply.headers["location"])
            #expect(
                location.removingPercentEncoding?.prefix { $0 != "?" }
                    == "/logs/\(vector.string("project") ?? "")/\(first)"[...])
        }
    }

    private static func page(_ contentType: String, isFull: Bool) throws -> ViewerPage {
        var descriptor = Logpb_LogStreamDescriptor()
        descriptor.prefix = "p"
        descriptor.name = "s"
        descriptor.contentType = contentType
        descriptor.timestamp = .init(seconds: 1_700_000_000)
        let stream = StreamState(
            id: StreamID(record: RecordNumber(rawValue: 2)),
            prefix: PrefixID(record: RecordNumber(rawValue: 1)), project: "proj",
            protoVersion: "1",
            descriptor: try StreamDescriptor(
                serialized: try descriptor.serializedBytes() as [UInt8]),
            secret: try #require(Secret(Array(StoredStreams.secret))), created: .zero,
            updated: .zero, terminalIndex: nil, terminatedAt: nil, archivalKey: [],
            purged: false, received: ReceivedRanges())
        return ViewerPage(of: stream, isFull: isFull, clock: ManualClock())
    }
}
