import Foundation
import LogDogProtos
import LogDogServer
import Logging
import TestSupport
import Testing

/// A configuration is changed while the server runs.
@Suite(.timeLimit(.minutes(5))) struct ConfigurationReloadTests {
    private static let operators = [("Authorization", "Bearer token-of-administrator-in-tests")]

    private static func page(_ path: String, of scene: ConfiguredScene) async throws -> String {
        let reply = try await scene.setUp.client.get(path, headers: operators)
        return String(decoding: reply.body, as: UTF8.self)
    }

    private static func mayRead(_ scene: ConfiguredScene) async throws -> Bool {
        var request = Logdog_QueryRequest()
        request.project = "proj-bar"
        request.path = "p/+/**"
        let code = try await scene.call(
            "logdog.Logs/Query", request, ConfiguredScene.setup
        ).code
        return code == 0
    }

    @Test func `a bad file leaves the last good one in force and says which line is wrong`()
        async throws
    {
        let scene = try await ConfiguredScene()
        try scene.directory.write("\n\nno_such_field: 1\n", to: "projects/proj-bar.cfg")
        await scene.setUp.server.reloadConfiguration()
        let ready = try await Self.page("/readyz", of: scene)
        #expect(ready.contains("projects/proj-bar.cfg:3: there is no such field"), "\(ready)")
        let metrics = try await Self.page("/metrics", of: scene)
        #expect(metrics.contains("logdog_configuration_good 0"), "\(metrics)")
        #expect(
            metrics.contains(
                "logdog_configuration_problem{file=\"projects/proj-bar.cfg\",line=\"3\"} 1"))
        // Who was an operator still is.
        #expect(ready.hasPrefix("ready"))

        try scene.directory.remove("projects/proj-bar.cfg")
        await scene.setUp.server.reloadConfiguration()
        #expect(try await !Self.page("/readyz", of: scene).contains("no such field"))
        #expect(try await Self.page("/metrics", of: scene).contains("logdog_configuration_good 1"))
        try await scene.setUp.stop()
    }

    @Test func `a good change comes into force and revokes as well as grants`() async throws {
        let scene = try await ConfiguredScene()
        let before = try await Self.page("/readyz", of: scene)
        var claim = Logdog_RegisterPrefixRequest()
        claim.project = "proj-bar"
        claim.prefix = "p"
        let name = "logdog.Registration/RegisterPrefix"
        #expect(try await scene.call(name, claim, ConfiguredScene.setup).code == 7)
        let old = try String(contentsOfFile: "\(scene.directory.path)/access.cfg", encoding: .utf8)
        let more = """
            projects {
              project: "proj-bar"
              realms {
                name: "@legacy" bindings { role: "role/logdog.owner" principals: "user:setup" }
              }
            }
            """
        try scene.directory.write("", to: "projects/proj-bar.cfg")
        try scene.directory.write(old + more, to: "access.cfg")
        await scene.setUp.server.reloadConfiguration()
        #expect(try await scene.call(name, claim, ConfiguredScene.setup).code == 0)
        #expect(try await Self.mayRead(scene))
        #expect(try await Self.page("/readyz", of: scene) != before)

        try scene.directory.write(old, to: "access.cfg")
        await scene.setUp.server.reloadConfiguration()
        #expect(try await !Self.mayRead(scene))
        try await scene.setUp.stop()
    }

    @Test func `a server does not start with a configuration that is no good`() async throws {
        let directory = try ConfigurationDirectory(["services.cfg": "coordinator {\n x: 1\n}"])
        var options = ServerOptions(data: "/no/such/place")
        options.configuration = directory.path
        let failure = await #expect(throws: StartFailure.self) {
            try await LogDogServer.start(options, log: Logger(label: "test"))
        }
        #expect(
            failure?.description.contains("services.cfg:2: there is no such field") == true,
            "\(String(describing: failure))")
    }
}
