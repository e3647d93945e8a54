import Foundation
import LogDogProtos
import LogDogServer
import SwiftProtobuf
import TestSupport
import Testing

/// Every route and call, for every role, in every realm: who gets in, and that nobody else learns
/// whether there is anything.
@Suite(.timeLimit(.minutes(5))) struct RouteAccessTests {
    typealias Role = ConfiguredScene.Role

    /// What `access.cfg` of the scene grants, written down a second time.
    private static let grants: [Role: Set<String>] = [
        .reader: ["get"], .signed: ["get"], .lister: ["list"], .writer: ["create"],
        .deleter: ["deletePrefix"], .owner: ["get", "list", "create", "deletePrefix"],
    ]

    /// The code that a call which needs `permission` must answer in a realm; nil if it gets in.
    private static func refusal(_ role: Role, _ permission: String, _ realm: String) -> Int? {
        switch role {
        case .anonymous, .badToken: return 16
        default:
            let isGranted = realm == "granted" && grants[role]?.contains(permission) == true
            return isGranted ? nil : 7
        }
    }

    /// Prefixes that are looked for: those of the realms, one that is not there, and one of a
    /// project that is not there.
    private static let places =
        ConfiguredScene.realms.map { ("proj-foo", ConfiguredScene.prefix(in: $0), $0) }
        + [("proj-foo", "not/there", "absent"), ("no-project", "at/granted", "absent")]

    @Test func `calls of readers need their permission in the prefix's realm`() async throws {
        let scene = try await ConfiguredScene()
        for realm in ConfiguredScene.realms { try await scene.deliver(in: realm) }
        let reads: [(String, String, (String, String) -> any Message)] = [
            ("logdog.Logs/Get", "get", { Self.get($0, "\($1)/+/s") }),
            ("logdog.Logs/Tail", "get", { Self.tail($0, "\($1)/+/s") }),
            ("logdog.Logs/Query", "list", { Self.query($0, "\($1)/+/**") }),
        ]
        for role in Role.allCases {
            let credentials = try scene.credentials(role)
            for (name, permission, request) in reads {
                var refusals: Set<[UInt8]> = []
                for (project, prefix, realm) in Self.places {
                    let reply = try await scene.call(name, request(project, prefix), credentials)
                    let wanted = Self.refusal(role, permission, realm)
                    #expect(reply.code == wanted ?? 0, "\(role) \(name) \(project) \(realm)")
                    if reply.code != 0 { refusals.insert(reply.body) }
                }
                #expect(refusals.count == 1, "absent and forbidden differ: \(role) \(name)")
            }
        }
        try await scene.setUp.stop()
    }

    @Test func `prefixes are registered where one may create them`() async throws {
        let scene = try await ConfiguredScene()
        for role in Role.allCases {
            for realm in ConfiguredScene.realms + ["absent"] {
                var claim = Logdog_RegisterPrefixRequest()
                claim.project = "proj-foo"
                claim.prefix = "new/\(role)/\(realm.replacing("@", with: "x"))"
                claim.realm = realm
                let reply = try await scene.call(
                    "logdog.Registration/RegisterPrefix", claim, try scene.credentials(role))
                #expect(
                    reply.code == Self.refusal(role, "create", realm) ?? 0, "\(role) \(realm)")
            }
        }
        try await scene.setUp.stop()
    }

    /// A prefix that is not there is NOT_FOUND to everybody who names a project that is: the
    /// original has it so, and deviation D3 keeps it.
    @Test func `prefixes are deleted by those who may`() async throws {
        let scene = try await ConfiguredScene()
        for (number, role) in Role.allCases.enumerated() {
            let credentials = try scene.credentials(role)
            for (project, realm) in [
                ("proj-foo", "granted"), ("proj-foo", "other"), ("proj-foo", "@legacy"),
                ("proj-foo", "absent"), ("no-project", "absent"),
            ] {
                var request = Logdog_DeletePrefixRequest()
                request.project = project
                request.prefix = "of/\(number)/\(realm.replacing("@", with: "x"))"
                if realm != "absent" { try await scene.deliver(in: realm, prefix: request.prefix) }
                let reply = try await scene.call(
                    "logdog.Logs/DeletePrefix", request, credentials)
                let isMissing = realm == "absent" && project == "proj-foo" && role != .badToken
                let wanted = isMissing ? 5 : Self.refusal(role, "deletePrefix", realm) ?? 0
                #expect(reply.code == wanted, "\(role) \(project) \(realm)")
            }
        }
        try await scene.setUp.stop()
    }

    @Test func `streams are purged by administrators alone, and only what they may read`()
        async throws
    {
        let scene = try await ConfiguredScene()
        try await scene.deliver(in: "granted")
        for role in Role.allCases {
            var answers: Set<[UInt8]> = []
            for (project, prefix, _) in Self.places {
                let order =
                    "{\"project\":\"\(project)\",\"path\":\"\(prefix)/+/s\",\"purged\":true}"
                let reply = try await scene.setUp.client.post(
                    "/admin/v1/purge",
                    headers: [("Content-Type", "application/json")]
                        + (try scene.credentials(role)), body: Array(order.utf8))
                #expect(reply.status == (role == .badToken ? 401 : 403), "\(role) \(prefix)")
                answers.insert(reply.body)
            }
            #expect(answers.count == 1, "absent and forbidden differ: \(role)")
        }
        let order = "{\"project\":\"proj-foo\",\"path\":\"at/granted/+/s\",\"purged\":true}"
        let reply = try await scene.setUp.client.post(
            "/admin/v1/purge",
            headers: [("Content-Type", "application/json")] + ConfiguredScene.setup,
            body: Array(order.utf8))
        #expect(reply.status == 200)
        try await scene.setUp.stop()
    }

    @Test func `calls of services are for the services group, whoever knocks`() async throws {
        let scene = try await ConfiguredScene()
        let calls = scene.setUp.server.surface.calls.filter { $0.hasPrefix("logdog.Services/") }
        #expect(calls.count >= 5)
        for call in calls {
            for role in Role.allCases {
                let reply = try await scene.call(
                    call, Google_Protobuf_Empty(), try scene.credentials(role))
                switch role {
                case .service: #expect(![7, 16].contains(reply.code), "\(call)")
                // Bad credentials are told so; all others get one and the same answer.
                case .badToken: #expect(reply.code == 16, "\(call)")
                default: #expect(reply.code == 7, "\(call) \(role)")
                }
            }
        }
        try await scene.setUp.stop()
    }

    @Test func `pages of logs are for those who may get them`() async throws {
        let scene = try await ConfiguredScene()
        for realm in ConfiguredScene.realms { try await scene.deliver(in: realm) }
        for role in Role.allCases {
            let credentials = try scene.credentials(role)
            for format in ["format=raw", "format=lite", "format=full", "follow=1"] {
                var refusals: Set<[UInt8]> = []
                for (project, prefix, realm) in Self.places {
                    let reply = try await scene.setUp.client.get(
                        "/logs/\(project)/\(prefix)/+/s?\(format)", headers: credentials)
                    let refusal = Self.refusal(role, "get", realm)
                    let wanted = refusal.map { $0 == 16 ? 401 : 403 } ?? 200
                    #expect(reply.status == wanted, "\(role) \(format) \(project) \(realm)")
                    if reply.status != 200 { refusals.insert(reply.body) }
                }
                #expect(refusals.count == 1, "absent and forbidden differ: \(role) \(format)")
            }
        }
        try await scene.setUp.stop()
    }

    @Test func `bundles come in by the secret of their prefix and tell nothing without it`()
        async throws
    {
        let scene = try await ConfiguredScene()
        try await scene.deliver(in: "granted")
        var answers: Set<[UInt8]> = []
        for role in Role.allCases {
            for (project, prefix, _) in Self.places {
                let message = try TestMessage.message(
                    project: project, prefix: prefix,
                    secret: Data(repeating: 0x5a, count: 36), 0..<1)
                let reply = try await scene.setUp.client.post(
                    "/ingest/v1/bundles", headers: try scene.credentials(role), body: message)
                #expect(reply.status == (role == .badToken ? 401 : 400), "\(role) \(prefix)")
                if role != .badToken { answers.insert(reply.body) }
            }
        }
        #expect(answers.count == 1, "absent and forbidden differ")
        try await scene.setUp.stop()
    }

    @Test func `pages of operators are for them, but everybody may ask whether it is ready`()
        async throws
    {
        let scene = try await ConfiguredScene()
        for role in Role.allCases {
            let credentials = try scene.credentials(role)
            let isOperator = [.service, .administrator].contains(role)
            let metrics = try await scene.setUp.client.get("/metrics", headers: credentials)
            let refused = [.anonymous, .badToken].contains(role) ? 401 : 403
            #expect(metrics.status == (isOperator ? 200 : refused), "\(role)")
            let ready = try await scene.setUp.client.get("/readyz", headers: credentials)
            #expect(ready.status == 200)
            let text = String(decoding: ready.body, as: UTF8.self)
            #expect(text.contains("configuration") == isOperator, "\(role): \(text)")
            let health = try await scene.setUp.client.get("/healthz", headers: credentials)
            #expect(health.status == 200)
        }
        try await scene.setUp.stop()
    }

    /// They hold no data: whoever sends a call from there shows credentials of his own.
    @Test func `the explorer and what it asks are the same for everybody`() async throws {
        let scene = try await ConfiguredScene()
        for path in Self.openPages {
            var answers: Set<[UInt8]> = []
            for role in Role.allCases {
                let reply = try await scene.setUp.client.get(
                    path, headers: try scene.credentials(role))
                #expect(reply.status < 400, "\(role) \(path)")
                answers.insert(reply.body)
            }
            #expect(answers.count == 1, "\(path)")
        }
        for role in Role.allCases {
            let reply = try await scene.call(
                "discovery.Discovery/Describe", Google_Protobuf_Empty(),
                try scene.credentials(role))
            #expect(reply.code == 0, "\(role)")
        }
        try await scene.setUp.stop()
    }

    private static let openPages = [
        "/", "/v/?s=proj-foo/at/granted/%2B/s", "/rpcexplorer", "/rpcexplorer/",
        "/static/viewer.css", "/static/viewer.js", "/favicon.ico",
    ]

    @Test func `what administrators steer is for them`() async throws {
        let scene = try await ConfiguredScene()
        for role in Role.allCases {
            let credentials = try scene.credentials(role)
            let refused = role == .badToken ? 401 : 403
            for path in ["", "/plan", "/nothing"] {
                let reply = try await scene.setUp.client.get(
                    "/admin/v1/retention\(path)", headers: credentials)
                let wanted = path == "/nothing" ? 404 : 200
                #expect(reply.status == (role == .administrator ? wanted : refused), "\(role)")
            }
            let order = try await scene.setUp.client.post(
                "/admin/v1/retention/pause", headers: credentials, body: [])
            #expect(order.status == (role == .administrator ? 415 : refused), "\(role)")
            for call in scene.setUp.server.surface.calls where call.hasPrefix("logdog.Admin/") {
                let reply = try await scene.call(call, Google_Protobuf_Empty(), credentials)
                switch role {
                case .administrator: #expect(![7, 16].contains(reply.code), "\(call)")
                case .badToken: #expect(reply.code == 16, "\(call)")
                default: #expect(reply.code == 7, "\(call) \(role)")
                }
            }
        }
        try await scene.setUp.stop()
    }

    /// A signed link is what lets one in, not a token; without its signature nobody gets in.
    @Test func `archives are behind signed links`() async throws {
        let scene = try await ConfiguredScene()
        for role in Role.allCases where scene.setUp.server.surface.paths.contains("/archives/*") {
            let reply = try await scene.setUp.client.get(
                "/archives/proj-foo/x?expires=9999999999&signature=00",
                headers: try scene.credentials(role))
            #expect(reply.status == 403, "\(role)")
        }
        try await scene.setUp.stop()
    }

    /// A new route or service fails here until somebody has thought about who may use it.
    @Test func `every path and call is tried by one of these tests`() async throws {
        let scene = try await ConfiguredScene()
        let surface = scene.setUp.server.surface
        #expect(
            Set(surface.paths).subtracting([
                "/prpc/*", "/ingest/v1/bundles", "/logs", "/logs/*", "/healthz", "/readyz",
                "/metrics", "/", "/v/", "/rpcexplorer", "/rpcexplorer/*", "/static/viewer.css",
                "/static/viewer.js", "/favicon.ico", "/admin/v1/purge", "/admin/v1/retention*",
                "/archives/*",
            ]) == [])
        #expect(
            Set(
                surface.calls.filter {
                    !$0.hasPrefix("logdog.Services/") && !$0.hasPrefix("logdog.Admin/")
                }
            ).subtracting([
                "logdog.Logs/Get", "logdog.Logs/Tail", "logdog.Logs/Query",
                "logdog.Registration/RegisterPrefix", "discovery.Discovery/Describe",
                "logdog.Logs/DeletePrefix",
            ]) == [])
        try await scene.setUp.stop()
    }

    private static func get(_ project: String, _ path: String) -> any Message {
        var request = Logdog_GetRequest()
        request.project = project
        request.path = path
        return request
    }

    private static func tail(_ project: String, _ path: String) -> any Message {
        var request = Logdog_TailRequest()
        request.project = project
        request.path = path
        return request
    }

    private static func query(_ project: String, _ path: String) -> any Message {
        var request = Logdog_QueryRequest()
        request.project = project
        request.path = path
        return request
    }
}
