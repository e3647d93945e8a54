import RPCStatus
import TestSupport
import Testing

@testable import PRPCServer

/// Formats, statuses and timeouts against `format-vectors.json`.
@Suite struct NegotiationVectorTests {
    private func group() throws -> JSONObject? { try Vectors.formatGroup("prpc") }

    private func name(_ format: MessageFormat) -> String { "\(format)" }

    @Test func `the Accept header chooses the format of the reply`() throws {
        for vector in try group()?.objects("accept") ?? [] {
            let header = try #require(vector.string("header"))
            var format = "406"
            do throws(MessageFormat.Refusal) {
                format = name(try .accepted(by: header))
            } catch {
                if case .badSyntax = error { format = "400" }
            }
            #expect(format == vector.string("format"), "\(header)")
        }
    }

    @Test func `the Content-Type says the format of the request`() throws {
        for vector in try group()?.objects("content_type") ?? [] {
            let header = try #require(vector.string("header"))
            let format = MessageFormat(contentType: header).map(name) ?? "415"
            #expect(format == vector.string("format"), "\(header)")
        }
    }

    @Test func `codes have their HTTP status and hidden texts`() throws {
        for vector in try group()?.objects("status") ?? [] {
            let number = try #require(vector.int("grpc"))
            let code = try #require(StatusCode(rawValue: Int32(number)))
            #expect(code.httpStatus == vector.int("http"))
            if let text = vector.string("generic_body") { #expect(code.genericText == text) }
        }
    }

    @Test func `codes have the names and the HTTP status that clients know`() throws {
        for vector in try Vectors.group("grpc.codes") ?? [] {
            let code = try #require(
                vector.int("number").flatMap { StatusCode(rawValue: Int32($0)) })
            // gRPC spells it with two l's, its library for Go with one.
            let name = "\(code)".lowercased().replacing("cancelled", with: "canceled")
            #expect(name == vector.string("name")?.lowercased())
            #expect(code.httpStatus == vector.int("http"), "\(name)")
        }
    }

    @Test func `timeouts are read`() throws {
        for vector in try group()?.objects("timeouts") ?? [] {
            let header = try #require(vector.string("header"))
            let read = try CallHead.timeout(header)
            let wanted = try #require(vector.string("ns").flatMap { Int64($0) })
            // The client rounds up to a unit: the same to one part in a thousand.
            let difference = read - .nanoseconds(wanted)
            #expect(difference >= .zero && difference < .nanoseconds(wanted / 1000 + 1_000_000))
        }
        for header in try group()?.strings("timeout_invalid") ?? [] {
            #expect(throws: CallFailure.self) { try CallHead.timeout(header) }
        }
    }

    @Test func `the detail of a reply that is too large is encoded as clients read it`() throws {
        guard let vector = try group()?.object("error_details_too_big") else { return }
        let detail = StatusDetail.responseTooBig(size: 2000, limit: 123)
        #expect(detail.typeURL == vector.string("type_url"))
        #expect(StatusDetail.header(detail, .binary) == vector.string("header_value_binary"))
    }
}
