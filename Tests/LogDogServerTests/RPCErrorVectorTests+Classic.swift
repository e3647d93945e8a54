import Foundation
import LogDogProtos
import RPCStatus
import SwiftProtobuf
import TestSupport
import Testing

// What only the classic dialect refuses, or has.
extension RPCErrorVectorTests {
    static let classic: [String: Circumstance] = [
        "Logs.Get: caller outside the project's reader groups": { _ in
            try await onClassicServer { scene in
                [
                    try await scene.code("Logs.Get", scene.get("a/+/s"), as: "writer"),
                    try await scene.code("Logs.Query", scene.query("a"), as: "writer"),
                ]
            }
        },
        "Logs.Get: anonymous caller outside the project's reader groups": { _ in
            try await onClassicServer { scene in
                [try await scene.code("Logs.Get", scene.get("a/+/s"), as: nil)]
            }
        },
        "Registration.RegisterPrefix: caller outside the project's writer groups": { _ in
            try await onClassicServer { scene in
                [
                    try await scene.code(
                        "Registration.RegisterPrefix", scene.claim("a"), as: "reader")
                ]
            }
        },
        "Registration.RegisterPrefix: anonymous caller outside the project's writer groups": { _ in
            try await onClassicServer { scene in
                [try await scene.code("Registration.RegisterPrefix", scene.claim("a"), as: nil)]
            }
        },
        "Services.ArchiveStream: stream not in the tasked state": { _ in
            try await onClassicServer { scene in
                let id = try await scene.stream(
                    under: "a", try await scene.register("a", as: "writer"))
                var report = Logdog_ArchiveStreamRequest()
                report.project = "proj-foo"
                report.id = id
                report.indexURL = "gs://b/index"
                report.streamURL = "gs://b/stream"
                return [try await scene.code("Services.ArchiveStream", report, as: "service")]
            }
        },
        "Services.GetConfig: caller not in the service group": { scene in
            [
                try await scene.code("Services.GetConfig", Google_Protobuf_Empty()),
                try await scene.code("Services.GetConfig", Google_Protobuf_Empty(), as: nil),
            ]
        },
        "Services.GetConfig: service caller": { scene in
            let reply = try await scene.call(
                "Services.GetConfig", Google_Protobuf_Empty(), as: "service")
            let config = try Logdog_GetConfigResponse(serializedBytes: reply.body)
            #expect(config.serviceConfigPath == "services.cfg")
            return [reply.code]
        },
        "Admin.SetConfig: caller neither in the admin group nor a platform superuser": { scene in
            var request = Logdog_SetConfigRequest()
            request.storageServiceAccountJson = Data("{}".utf8)
            #expect(try await scene.code("Admin.SetConfig", request, as: "admin") == .ok)
            return [
                try await scene.code("Admin.SetConfig", request, as: "service"),
                try await scene.code("Admin.SetConfig", request, as: nil),
            ]
        },
    ]

    /// On a server whose one reader is `reader` and whose one writer is `writer`, as its
    /// configuration says.
    private static func onClassicServer(
        _ body: (CallScene) async throws -> [StatusCode]
    ) async throws -> [StatusCode] {
        let configuration = try ConfiguredCallers.directory(
            ["reader", "writer", "service"], services: "archive_delay_max { seconds: 86400 }",
            access: """
                groups { name: "readers" members: "user:reader" }
                groups { name: "writers" members: "user:writer" }
                """, project: "reader_auth_groups: \"readers\" writer_auth_groups: \"writers\"")
        let scene = try await CallScene(
            .classic, options: { $0.configuration = configuration.path })
        // A classic reader is told what a current one is not.
        let absent = try await scene.code("Logs.Get", scene.get("none/+/s"), as: "reader")
        #expect(absent == .notFound)
        let codes = try await body(scene)
        try await scene.stop()
        return codes
    }
}
