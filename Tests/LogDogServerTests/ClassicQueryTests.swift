import AccessControl
import Foundation
import LogDogProtos
import SwiftProtobuf
import TestSupport
import Testing

/// Which form of `Query` a request gets, and what its pages can be trusted for.
@Suite(.timeLimit(.minutes(5))) struct ClassicQueryTests {
    private func query(
        _ scene: CallScene, _ path: String, as caller: String = "user",
        _ change: (inout Logdog_QueryRequest) -> Void = { _ in }
    ) async throws -> Logdog_QueryResponse? {
        var request = scene.query(path)
        change(&request)
        let reply = try await scene.call("Logs.Query", request, as: caller)
        return reply.code == .ok ? try Logdog_QueryResponse(serializedBytes: reply.body) : nil
    }

    @Test func `a server of today answers a request of yesterday by its fields`() async throws {
        let scene = try await CallScene()
        _ = try await scene.stream(under: "a/1", try await scene.register("a/1"))
        #expect(try await query(scene, "a/*/+/**") == nil)
        #expect(try await query(scene, "") == nil)
        let classic = try await query(scene, "a/*/+/**") { $0.protoVersion = "1" }
        #expect(classic?.streams.map(\.path) == ["a/1/+/s"])
        #expect(classic?.project == "")
        let epoch = try await query(scene, "") { $0.older = .init(seconds: 0, nanos: 1) }
        #expect(epoch?.streams.isEmpty == true)
        let later = try await query(scene, "") { $0.newer = .init(seconds: Int64.min, nanos: 0) }
        #expect(later?.streams.count == 1)
        try await scene.stop()
    }

    @Test func `a classic query shows no prefix that the caller may not list`() async throws {
        let scene = try await CallScene { callers in
            callers.permissions["other"] = ["other-realm": KnownCallers.everything]
        }
        _ = try await scene.stream(under: "a/1", try await scene.register("a/1"))
        let hidden = try await query(scene, "**", as: "other") { $0.protoVersion = "1" }
        #expect(hidden?.streams.isEmpty == true)
        let shown = try await query(scene, "**") { $0.protoVersion = "1" }
        #expect(shown?.streams.count == 1)
        try await scene.stop()
    }

    @Test func `a token that was altered, or belongs to another search, is refused`()
        async throws
    {
        let scene = try await CallScene()
        for prefix in ["a", "b"] {
            _ = try await scene.stream(under: prefix, try await scene.register(prefix))
        }
        let first = try await query(scene, "a") { $0.maxResults = 1 }
        let next = try #require(first?.next)
        #expect(!next.isEmpty)
        #expect(try await query(scene, "a") { $0.next = next }?.streams.isEmpty == true)
        #expect(try await query(scene, "b") { $0.next = next } == nil)
        #expect(
            try await query(scene, "") { request in
                request.next = next
                request.protoVersion = "1"
            } == nil)
        for index in next.indices {
            var altered = next
            altered.replaceSubrange(index...index, with: next[index] == "A" ? "B" : "A")
            #expect(try await query(scene, "a") { $0.next = altered } == nil, "\(altered)")
        }
        try await scene.stop()
    }
}
