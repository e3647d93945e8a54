import Foundation
import LogDogModel
import LogDogProtos
import LogDogServer
import RPCStatus
import SwiftProtobuf
import TestSupport
import Testing

/// A server with callers of different rights, and calls of one line.
///
/// `user` may do everything in `some-realm`, `service` is one, `admin` is both and administrator.
struct CallScene {
    let setUp: RecordedSetUp

    init(
        _ dialect: Dialect = .current, _ adjust: (inout KnownCallers) -> Void = { _ in },
        options: (inout ServerOptions) async throws -> Void = { _ in }
    ) async throws {
        var callers = KnownCallers()
        callers.permissions = [
            "user": ["some-realm": KnownCallers.everything],
            "admin": ["some-realm": KnownCallers.everything],
            "reader": ["other-realm": KnownCallers.everything],
        ]
        callers.administrators = ["admin"]
        callers.services = ["service", "admin"]
        adjust(&callers)
        let authority = callers
        setUp = try await RecordedSetUp(dialect) { server in
            server.authority = authority
            try await options(&server)
        }
    }

    /// The bytes of the reply; they mean something if the code is `ok`.
    func call(
        _ method: String, _ request: some Message, as caller: String?
    ) async throws -> (code: StatusCode, body: [UInt8]) {
        let parts = method.split(separator: ".")
        var headers = [
            ("Content-Type", "application/prpc; encoding=binary"),
            ("Accept", "application/prpc; encoding=binary"),
        ]
        if let caller { headers.append(("Authorization", "Bearer \(caller)")) }
        let reply = try await setUp.client.post(
            "/prpc/logdog.\(parts[0])/\(parts[1])", headers: headers,
            body: request.serializedBytes())
        let number = reply.headers["x-prpc-grpc-code"].flatMap { Int32($0) }
        return (try #require(number.flatMap { StatusCode(rawValue: $0) }), reply.body)
    }

    func code(
        _ method: String, _ request: some Message, as caller: String? = "user"
    ) async throws -> StatusCode {
        try await call(method, request, as: caller).code
    }

    /// Claims a prefix and returns its secret.
    func register(
        _ prefix: String, realm: String = "some-realm", window: Int64 = 86_400,
        as caller: String = "user"
    ) async throws -> Data {
        let reply = try await call(
            "Registration.RegisterPrefix", claim(prefix, realm: realm, window: window), as: caller)
        try #require(reply.code == .ok)
        return try Logdog_RegisterPrefixResponse(serializedBytes: reply.body).secret
    }

    func claim(
        _ prefix: String, realm: String = "some-realm", window: Int64? = nil
    ) -> Logdog_RegisterPrefixRequest {
        var request = Logdog_RegisterPrefixRequest()
        request.project = "proj-foo"
        request.prefix = prefix
        request.realm = realm
        if let window { request.expiration = .init(seconds: window, nanos: 0) }
        return request
    }

    /// Registers stream `s` under a prefix and returns its id.
    func stream(
        under prefix: String, _ secret: Data, as caller: String = "service"
    ) async throws -> String {
        let reply = try await call(
            "Services.RegisterStream", registration(prefix, secret), as: caller)
        try #require(reply.code == .ok)
        return try Logdog_RegisterStreamResponse(serializedBytes: reply.body).id
    }

    func registration(
        _ prefix: String, _ secret: Data,
        _ change: (inout Logpb_LogStreamDescriptor) -> Void = { _ in }
    ) throws -> Logdog_RegisterStreamRequest {
        var descriptor = Logpb_LogStreamDescriptor()
        descriptor.prefix = prefix
        descriptor.name = "s"
        descriptor.contentType = "text/plain"
        descriptor.timestamp = .init(seconds: 1_700_000_000, nanos: 0)
        change(&descriptor)
        var request = Logdog_RegisterStreamRequest()
        request.project = "proj-foo"
        request.secret = secret
        request.protoVersion = "1"
        request.desc = try descriptor.serializedBytes()
        request.terminalIndex = -1
        return request
    }

    func get(_ path: String, project: String = "proj-foo") -> Logdog_GetRequest {
        var request = Logdog_GetRequest()
        request.project = project
        request.path = path
        return request
    }

    func query(_ path: String, project: String = "proj-foo") -> Logdog_QueryRequest {
        var request = Logdog_QueryRequest()
        request.project = project
        request.path = path
        return request
    }

    func stop() async throws { try await setUp.stop() }
}

extension StatusCode {
    /// By its name in the vectors, such as `InvalidArgument`.
    init?(vectorName name: String) {
        let found = (Int32(0)...16).compactMap { StatusCode(rawValue: $0) }.first { code in
            "\(code)".lowercased().replacing("cancelled", with: "canceled") == name.lowercased()
        }
        guard let found else { return nil }
        self = found
    }
}
