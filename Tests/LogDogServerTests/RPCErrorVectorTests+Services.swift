import Foundation
import LogDogProtos
import RPCStatus
import SwiftProtobuf
import TestSupport
import Testing

extension RPCErrorVectorTests {
    static let registerStream: [String: Circumstance] = {
        let method = "Services.RegisterStream"
        let noSecret = Data(repeating: 0, count: 36)
        return [
            "\(method): prefix not registered": { scene in
                let request = try scene.registration("none", noSecret)
                return [try await scene.code(method, request, as: "service")]
            },
            "\(method): now at or past the prefix expiration": { scene in
                let secret = try await scene.register("brief", window: 60)
                await scene.setUp.advance(by: .seconds(60))
                let request = try scene.registration("brief", secret)
                return [try await scene.code(method, request, as: "service")]
            },
            "\(method): stream already registered, prefix since expired": { scene in
                let secret = try await scene.register("was-open", window: 60)
                _ = try await scene.stream(under: "was-open", secret)
                await scene.setUp.advance(by: .seconds(60))
                let request = try scene.registration("was-open", secret)
                return [try await scene.code(method, request, as: "service")]
            },
            "\(method): secret differs from the prefix secret": { scene in
                _ = try await scene.register("has-secret")
                return [
                    try await scene.code(
                        method, scene.registration("has-secret", noSecret), as: "service"),
                    try await scene.code(
                        method, scene.registration("has-secret", Data([1])), as: "service"),
                ]
            },
            "\(method): proto_version empty": { scene in
                var request = try scene.registration("pv", noSecret)
                request.protoVersion = ""
                return [try await scene.code(method, request, as: "service")]
            },
            "\(method): proto_version 'unknown'": { scene in
                var request = try scene.registration("pv", noSecret)
                request.protoVersion = "unknown"
                return [try await scene.code(method, request, as: "service")]
            },
            "\(method): desc empty": { scene in
                var request = try scene.registration(
                    "no-desc", try await scene.register("no-desc"))
                request.desc = Data()
                return [try await scene.code(method, request, as: "service")]
            },
            "\(method): desc without content type": { scene in
                let secret = try await scene.register("no-type")
                let request = try scene.registration("no-type", secret) { $0.contentType = "" }
                return [try await scene.code(method, request, as: "service")]
            },
            "\(method): repeat of a registered stream, other contents, right secret": { scene in
                let secret = try await scene.register("again")
                let id = try await scene.stream(under: "again", secret)
                var request = try scene.registration("again", secret) { $0.tags = ["a": "b"] }
                request.terminalIndex = 5
                let reply = try await scene.call(method, request, as: "service")
                let stored = try Logdog_RegisterStreamResponse(serializedBytes: reply.body)
                #expect(stored.id == id && stored.state.terminalIndex == -1)
                return [reply.code]
            },
            "\(method): caller not in the service group (also when anonymous)": { scene in
                try await refusals(of: method, scene.registration("x", noSecret), on: scene)
            },
        ]
    }()

    static let services: [String: Circumstance] = [
        "Services.LoadStream: caller not in the service group (also when anonymous)": { scene in
            try await refusals(of: "Services.LoadStream", load("x"), on: scene)
        },
        "Services.TerminateStream: caller not in the service group (also when anonymous)": {
            scene in
            try await refusals(of: "Services.TerminateStream", terminate("x"), on: scene)
        },
        "Services.LoadStream: id '!!! not a hash !!!'": { scene in
            [
                try await scene.code(
                    "Services.LoadStream", load("!!! not a hash !!!"), as: "service")
            ]
        },
        "Services.LoadStream: upper-case id of an existing stream": { scene in
            let id = try await scene.stream(under: "upper", try await scene.register("upper"))
            return [
                try await scene.code(
                    "Services.LoadStream", load(id.uppercased()), as: "service")
            ]
        },
        "Services.TerminateStream: terminal_index negative": { scene in
            let id = String(repeating: "0", count: 64)
            return [
                try await scene.code(
                    "Services.TerminateStream", terminate(id, at: -1), as: "service")
            ]
        },
        "Services.TerminateStream: id not a hash": { scene in
            [
                try await scene.code(
                    "Services.TerminateStream", terminate("nothing"), as: "service")
            ]
        },
        "Services.TerminateStream: no such stream": { scene in
            let id = String(repeating: "0", count: 64)
            return [
                try await scene.code("Services.TerminateStream", terminate(id), as: "service")
            ]
        },
        "Services.TerminateStream: secret mismatch": { scene in
            let id = try await scene.stream(under: "t", try await scene.register("t"))
            return [
                try await scene.code("Services.TerminateStream", terminate(id), as: "service")
            ]
        },
        "Services.Batch: entry without a value": { scene in
            var request = Logdog_BatchRequest()
            request.req = [Logdog_BatchRequest.Entry()]
            let reply = try await scene.call("Services.Batch", request, as: "service")
            let entries = try Logdog_BatchResponse(serializedBytes: reply.body).resp
            #expect(entries.map(\.err.grpcCode) == [StatusCode.invalidArgument.rawValue])
            return [reply.code]
        },
    ]

    static func refusals(
        of method: String, _ request: some Message, on scene: CallScene
    ) async throws -> [StatusCode] {
        [
            try await scene.code(method, request, as: "user"),
            try await scene.code(method, request, as: nil),
        ]
    }

    private static func load(_ id: String) -> Logdog_LoadStreamRequest {
        var request = Logdog_LoadStreamRequest()
        request.project = "proj-foo"
        request.id = id
        return request
    }

    private static func terminate(
        _ id: String, at index: Int64 = 0
    ) -> Logdog_TerminateStreamRequest {
        var request = Logdog_TerminateStreamRequest()
        request.project = "proj-foo"
        request.id = id
        request.secret = Data(repeating: 0, count: 36)
        request.terminalIndex = index
        return request
    }
}
