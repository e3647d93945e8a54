import LogDogProtos
import RPCStatus
import Testing

/// Where the classic dialect checks in another order (`spec/rpc.md §6, §8.2`).
@Suite struct ClassicOrderTests {
    private static func scene() async throws -> CallScene {
        try await CallScene(.classic) { callers in
            callers.readers = ["reader"]
            callers.writers = ["writer"]
            callers.window = nil
        }
    }

    @Test func `who may not read is told so before what is asked for is looked at`() async throws {
        let scene = try await Self.scene()
        var request = scene.query("***")
        request.purged = .yes
        #expect(try await scene.code("Logs.Query", request, as: "writer") == .permissionDenied)
        #expect(try await scene.code("Logs.Query", request, as: nil) == .unauthenticated)
        #expect(try await scene.code("Logs.Query", request, as: "reader") == .invalidArgument)
        try await scene.stop()
    }

    @Test func `a prefix that is taken is found before a window is`() async throws {
        let scene = try await Self.scene()
        let method = "Registration.RegisterPrefix"
        #expect(
            try await scene.code(method, scene.claim("a"), as: "writer") == .invalidArgument)
        #expect(
            try await scene.code(method, scene.claim("a", window: 60), as: "writer") == .ok)
        #expect(try await scene.code(method, scene.claim("a"), as: "writer") == .alreadyExists)
        try await scene.stop()
    }
}
