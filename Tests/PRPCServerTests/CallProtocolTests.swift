import ByteCoding
import Foundation
import RPCStatus
import SwiftProtobuf
import TestSupport
import Testing

@testable import PRPCServer

/// What `spec/prpc.md` says of one call, case by case, without a socket.
@Suite struct CallProtocolTests {
    private let body: [UInt8]
    private let handler: PRPCHandler

    /// A service that answers with the metadata that it got, and with metadata of its own.
    init() throws {
        let echo = PRPCMethod("Echo") {
            (request: Google_Protobuf_StringValue, call) async throws(RPCError)
                -> Google_Protobuf_StringValue in
            call.reply.add("X-Note", "seen")
            call.reply.add("X-Trace-Bin", [0xff, 0])
            if request.value == "fail" { throw RPCError(.resourceExhausted, "too much") }
            // Until it is given up.
            while request.value == "slow", !Task.isCancelled { await Task.yield() }
            var reply = Google_Protobuf_StringValue()
            reply.value =
                call.metadata["x-mine"].map { "\($0)" }.joined(separator: " ")
                + call.metadata["x-mine-bin"].map { "\($0)" }.joined(separator: " ")
                + call.metadata[":authority"].map { "\($0)" }.joined(separator: " ")
                + (call.metadata["x-prpc-other"] + call.metadata["accept"]).map { "\($0)" }.joined()
            return reply
        }
        var options = PRPCHandler.Options()
        options.allowedOrigins = { ["https://ci.example"] }
        handler = PRPCHandler(
            [
                PRPCService("test.Open", isForBrowsers: true, [echo]),
                PRPCService("test.Closed", [echo]),
            ], options: options)
        body = try Google_Protobuf_StringValue().serializedBytes()
    }

    private func reply(
        _ headers: HTTPFields = [:], _ text: String = "", to path: String = "test.Open/Echo",
        method: String = "POST"
    ) async throws -> (reply: HTTPReply, text: String) {
        var message = Google_Protobuf_StringValue()
        message.value = text
        let reply = await handler.reply(
            to: HTTPRequest(
                method: method, target: "/prpc/\(path)", headers: headers,
                body: try message.serializedBytes()))
        guard case .bytes(let bytes) = reply.body else { return (reply, "") }
        guard reply.headers["X-Prpc-Grpc-Code"] == "0",
            reply.headers["Content-Type"] == "application/prpc; encoding=binary"
        else { return (reply, String(decoding: bytes, as: UTF8.self)) }
        return (reply, try Google_Protobuf_StringValue(serializedBytes: bytes).value)
    }

    @Test func `metadata is handed on, decoded, and pRPC's own is not`() async throws {
        let text = try await reply([
            "X-Mine": "a", "x-mine": "b", "X-Mine-Bin": "AQI=, Aw", "Host": "h:1",
            "X-Prpc-Other": "no", "Accept": "*/*",
        ]).text
        #expect(
            text == "text(\"a\") text(\"b\")bytes([1, 2]) bytes([3])text(\"h:1\")", "\(text)")
        let broken = try await reply(["X-Mine-Bin": "AQI=,%"]).reply
        #expect(broken.status == 400 && broken.headers["X-Prpc-Grpc-Code"] == "3")
    }

    @Test func `metadata of the handler goes out with replies and refusals`() async throws {
        for text in ["", "fail"] {
            let reply = try await reply([:], text).reply
            #expect(reply.headers["X-Note"] == "seen")
            #expect(reply.headers["X-Trace-Bin"] == "/wA=")
        }
    }

    @Test(arguments: ["x", "1x", "-1S", "5", "99999999999999999999S"])
    func `a timeout that is none is refused`(_ timeout: String) async throws {
        let reply = try await reply(["X-Prpc-Grpc-Timeout": timeout]).reply
        #expect(reply.status == 400 && reply.headers["X-Prpc-Grpc-Code"] == "3")
    }

    @Test func `two timeouts are refused, and one that has passed is answered so`() async throws {
        let twice = HTTPFields([
            ("X-Prpc-Grpc-Timeout", "1S"), ("x-prpc-grpc-timeout", "1S"),
        ])
        #expect(try await reply(twice).reply.status == 400)
        let passed = try await reply(["X-Prpc-Grpc-Timeout": "0S"]).reply
        #expect(passed.status == 504 && passed.headers["X-Prpc-Grpc-Code"] == "4")
        let late = try await reply(["X-Prpc-Grpc-Timeout": "20m"], "slow").reply
        #expect(late.status == 504 && late.headers["X-Prpc-Grpc-Code"] == "4")
    }

    @Test(arguments: ["0", "-1", "ten", "1.5"])
    func `a maximum of the reply is a number above zero`(_ maximum: String) async throws {
        #expect(try await reply(["X-Prpc-Max-Response-Size": maximum]).reply.status == 400)
    }

    @Test func `the detail of a refusal is in the format of the reply`() async throws {
        let long: HTTPFields = ["X-Mine": String(repeating: "x", count: 200)]
        for (accept, wanted) in [
            (
                "application/json",
                #"{"@type":"type.googleapis.com/luci.prpc.ErrorDetails","responseTooBig":"#
                    + #"{"responseSize":"#
            ),
            (
                "application/prpc; encoding=text",
                "[type.googleapis.com/luci.prpc.ErrorDetails]:{response_too_big:{response_size:"
            ),
        ] {
            var headers = long
            headers.add("Accept", accept)
            headers.add("X-Prpc-Max-Response-Size", "100")
            let reply = try await reply(headers).reply
            #expect(reply.status == 503 && reply.headers["X-Prpc-Grpc-Code"] == "14")
            let detail = try #require(reply.headers["X-Prpc-Status-Details-Bin"])
            let text = String(
                decoding: try #require(Data(base64Encoded: detail)), as: UTF8.self)
            #expect(text.hasPrefix(wanted), "\(text)")
        }
    }

    @Test func `checks come in the order of the protocol`() async throws {
        let everythingWrong = HTTPFields([
            ("Accept", "text/html"), ("Accept-Encoding", "gzip;q=x"),
            ("X-Prpc-Max-Response-Size", "0"), ("A-Bin", "%"), ("Content-Type", "text/plain"),
        ])
        #expect(try await reply(everythingWrong, to: "test.None/Echo").reply.status == 501)
        #expect(try await reply(everythingWrong, to: "test.Open/None").reply.status == 501)
        let all = everythingWrong.all
        let texts = ["Accept", "Accept-Encoding", "X-Prpc-Max-Response-Size", "a-bin", "Content"]
        for (wrong, text) in texts.enumerated() {
            let found = try await reply(HTTPFields(Array(all.dropFirst(wrong)))).text
            #expect(found.contains(text), "\(found)")
        }
    }

    @Test func `pages of an allowed origin may call what is for browsers alone`() async throws {
        let origin: HTTPFields = ["Origin": "https://ci.example"]
        let call = try await reply(origin).reply
        #expect(call.headers["Access-Control-Allow-Origin"] == "https://ci.example")
        #expect(call.headers["Access-Control-Allow-Credentials"] == "true")
        #expect(call.headers["Vary"] == "Origin")
        #expect(
            call.headers["Access-Control-Expose-Headers"]
                == "X-Prpc-Grpc-Code, X-Prpc-Status-Details-Bin")
        let preflight = try await reply(origin, method: "OPTIONS").reply
        #expect(preflight.status == 200)
        #expect(preflight.headers["Access-Control-Allow-Methods"] == "OPTIONS, POST")
        #expect(preflight.headers["Access-Control-Max-Age"] == "600")
        for (headers, path) in [
            (origin, "test.Closed/Echo"), (["Origin": "https://ci.example.evil"], "test.Open/Echo"),
        ] {
            let reply = try await reply(headers, to: path).reply
            #expect(reply.status == 200)
            #expect(!reply.headers.all.contains { $0.name.hasPrefix("Access-Control") })
        }
    }

    @Test func `a path that is no call says so in a way that nobody tries again`() async throws {
        for path in ["", "test.Open", "test.Open/Echo/more", "test.Open/"] {
            let reply = try await reply(to: path).reply
            #expect(reply.status == 404 && reply.headers["X-Prpc-Grpc-Code"] == "12")
        }
        #expect(try await reply(to: "test%2EOpen/Echo").reply.status == 200)
    }

    @Test(arguments: [
        ("application/json;q=0", MessageFormat.json),
        ("application/json;q=0.2;x=y, text/html;q=1", .json),
        ("application/prpc; encoding=text; Q=0.3, application/json ;q = 0.4", .json),
    ])
    func `the highest quality wins`(_ accept: String, _ format: MessageFormat) throws {
        #expect(try MessageFormat.accepted(by: accept) == format)
    }

    @Test(arguments: ["nonsense;q=x", "application/json;q=nan", "application/json;q="])
    func `a quality that is no number is refused whatever it belongs to`(_ accept: String) {
        #expect(throws: MessageFormat.Refusal.badSyntax) {
            try MessageFormat.accepted(by: accept)
        }
    }

    @Test func `a parameter that is given twice makes no media type`() {
        #expect(MessageFormat(contentType: "application/prpc; encoding=json") == .json)
        #expect(MessageFormat(contentType: "application/prpc; encoding=json; encoding=json") == nil)
    }
}
