import LogDogProtos
import RPCStatus
import TestSupport

// Circumstances that come from a configuration.
extension RPCErrorVectorTests {
    static let configuration: [String: Circumstance] = [
        "Logs.Get: project known but its config unreadable, signed-in caller": { _ in
            [try await codeOfUnreadableProject([ConfiguredScene.setup[0]])]
        },
        "Logs.Get: project known but its config unreadable, anonymous caller": { _ in
            [try await codeOfUnreadableProject([])]
        },
    ]

    /// A file that cannot be read leaves its project as unknown as it was before.
    private static func codeOfUnreadableProject(
        _ credentials: [(String, String)]
    ) async throws -> StatusCode {
        let scene = try await ConfiguredScene()
        try scene.directory.write("no_such_field: 1", to: "projects/proj-bar.cfg")
        await scene.setUp.server.reloadConfiguration()
        var request = Logdog_GetRequest()
        request.project = "proj-bar"
        request.path = "a/+/b"
        let reply = try await scene.call("logdog.Logs/Get", request, credentials)
        try await scene.setUp.stop()
        return StatusCode(rawValue: Int32(reply.code)) ?? .unknown
    }
}
