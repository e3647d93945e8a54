import Foundation
import LogDogModel
import LogDogProtos
import RPCStatus
import SwiftProtobuf
import TestSupport
import Testing

// Deleting prefixes, and purging streams.
extension RPCErrorVectorTests {
    static let removal: [String: Circumstance] = [
        "Logs.DeletePrefix: prefix by name, permitted": { scene in
            let id = try await scene.stream(
                under: "to-go", try await scene.register("to-go"))
            let code = try await delete("to-go", on: scene)
            #expect(try await scene.code("Logs.Get", scene.get("to-go/+/s")) == .permissionDenied)
            #expect(try await scene.code("Logs.Get", scene.get(id)) == .permissionDenied)
            #expect(try await delete("to-go", on: scene) == .notFound)
            // The name is free again.
            _ = try await scene.stream(under: "to-go", try await scene.register("to-go"))
            #expect(try await scene.code("Logs.Get", scene.get("to-go/+/s")) == .ok)
            return [code]
        },
        "Logs.DeletePrefix: prefix by 64-digit hash, permitted": { scene in
            _ = try await scene.register("by-id")
            let unknown = String(repeating: "0", count: 64)
            #expect(try await delete(unknown, on: scene) == .notFound)
            return [try await delete(Self.prefixID("by-id").uppercased(), on: scene)]
        },
        "Logs.DeletePrefix: prefix not registered": { try await [delete("none", on: $0)] },
        "Logs.DeletePrefix: permission held only in another realm": { scene in
            _ = try await scene.register("elsewhere", realm: "some-realm")
            return [try await delete("elsewhere", on: scene, as: "reader")]
        },
        "Logs.DeletePrefix: prefix string invalid": { scene in
            [try await delete("_bad", on: scene), try await delete("", on: scene)]
        },
        "Logs.Get: stream purged, caller not an administrator": { scene in
            _ = try await scene.stream(under: "hide", try await scene.register("hide"))
            let path = "hide/+/s"
            #expect(try await purge(path, true, on: scene, as: "user") == 403)
            #expect(try await purge(path, true, on: scene, as: "admin") == 200)
            #expect(try await scene.code("Logs.Get", scene.get(path), as: "admin") == .ok)
            let hidden = try await scene.code("Logs.Get", scene.get(path))
            #expect(try await purge(path, false, on: scene, as: "admin") == 200)
            #expect(try await scene.code("Logs.Get", scene.get(path)) == .ok)
            return [hidden]
        },
    ]

    private static func prefixID(_ prefix: String) -> String { HashID.ofPrefix(prefix).hex }

    private static func delete(
        _ prefix: String, on scene: CallScene, as caller: String = "user"
    ) async throws -> StatusCode {
        var request = Logdog_DeletePrefixRequest()
        request.project = "proj-foo"
        request.prefix = prefix
        return try await scene.code("Logs.DeletePrefix", request, as: caller)
    }

    private static func purge(
        _ path: String, _ isPurged: Bool, on scene: CallScene, as caller: String
    ) async throws -> Int {
        let body = #"{"project": "proj-foo", "path": "\#(path)", "purged": \#(isPurged)}"#
        return try await scene.setUp.client.post(
            "/admin/v1/purge",
            headers: [
                ("Content-Type", "application/json"), ("Authorization", "Bearer \(caller)"),
            ], body: Array(body.utf8)
        ).status
    }
}
