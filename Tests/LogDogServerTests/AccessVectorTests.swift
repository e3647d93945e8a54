import AccessControl
import LogDogProtos
import RPCStatus
import TestSupport
import Testing

@testable import LogDogServices

/// Who gets to do what, by `vectors.json`, groups `acl.current` and `batch.error_transience`.
@Suite struct AccessVectorTests {
    @Test func `callers get what they are allowed, and are refused as the original refuses`()
        async throws
    {
        guard let cases = try Vectors.group("acl.current") else { return }
        let configuration = try ConfiguredCallers.directory(
            ["setup", "user", "legacy"],
            access: """
                projects {
                  project: "proj-foo"
                  realms {
                    name: "allowed" extends: "forbidden"
                    bindings { role: "role/logdog.owner" principals: "user:user" }
                  }
                  realms {
                    name: "@legacy" extends: "forbidden"
                    bindings { role: "role/logdog.owner" principals: "user:legacy" }
                  }
                  realms {
                    name: "forbidden"
                    bindings { role: "role/logdog.owner" principals: "user:setup" }
                  }
                }
                """)
        let scene = try await CallScene(options: { $0.configuration = configuration.path })
        for realm in ["allowed", "forbidden", ""] {
            let secret = try await scene.register("at/\(realm)x", realm: realm, as: "setup")
            _ = try await scene.stream(under: "at/\(realm)x", secret, as: "setup")
        }
        for (number, vector) in cases.enumerated() {
            try await Self.run(vector, number, on: scene)
        }
        try await scene.stop()
    }

    private static func run(
        _ vector: JSONObject, _ number: Int, on scene: CallScene
    ) async throws {
        let method = try #require(vector.string("rpc"))
        let realm = try #require(vector.string("realm"))
        let name = try #require(vector.string("caller"))
        let caller = name == "anonymous" ? nil : name
        let reply: (code: StatusCode, body: [UInt8])
        var realmSaid = ""
        switch method {
        case "Registration.RegisterPrefix":
            reply = try await scene.call(
                method, scene.claim("new/\(number)", realm: realm), as: caller)
        case "Logs.Get":
            reply = try await scene.call(method, scene.get("at/\(realm)x/+/s"), as: caller)
            if reply.code == .ok {
                realmSaid = try Logdog_GetResponse(serializedBytes: reply.body).realm
            }
        case "Logs.Query":
            reply = try await scene.call(method, scene.query("at/\(realm)x/+/**"), as: caller)
            if reply.code == .ok {
                realmSaid = try Logdog_QueryResponse(serializedBytes: reply.body).realm
            }
        case "Logs.DeletePrefix":
            // The only case: somebody who may do it in another realm.
            var request = Logdog_DeletePrefixRequest()
            request.project = "proj-foo"
            request.prefix = "at/forbiddenx"
            reply = try await scene.call(method, request, as: "user")
        default:
            return Vectors.notRun("acl.current \(method)", because: "there is no such call yet")
        }
        let wanted = try #require(vector.string("code").flatMap(StatusCode.init(vectorName:)))
        #expect(reply.code == wanted, "\(vector.members)")
        guard let wantedRealm = vector.string("response_realm") else { return }
        if realm.isEmpty, method == "Logs.Get" {
            Vectors.notRun(
                "acl.current realm in the reply of Get",
                because: "a prefix without any realm comes only from older records")
        } else {
            #expect(realmSaid == wantedRealm, "\(vector.members)")
        }
    }

    @Test func `errors of a batch say whether they pass`() throws {
        for vector in try Vectors.group("batch.error_transience") ?? [] {
            let code = try #require(vector.string("code").flatMap(StatusCode.init(vectorName:)))
            let error = ServicesService.error(RPCError(code, "why"))
            #expect(error.transient == vector.bool("transient"), "\(code)")
            #expect(error.grpcCode == code.rawValue)
        }
    }
}
