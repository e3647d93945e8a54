import Foundation
import TestSupport
import Testing

/// Pages and what they are made of, as a browser gets them.
@Suite(.timeLimit(.minutes(5))) struct PageTests {
    @Test func `the explorer comes whole, from here alone, and only once`() async throws {
        let setUp = try await RecordedSetUp()
        let page = try await setUp.client.get("/rpcexplorer/")
        let text = String(decoding: page.body, as: UTF8.self)
        #expect(page.status == 200)
        #expect(page.headers["x-frame-options"] == "deny")
        let policy = page.headers["content-security-policy"] ?? ""
        #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe"))
        #expect(!text.contains("http://") && !text.contains("https://"))
        #expect(!text.contains("<style") && !text.contains(" style="))
        for match in text.matches(of: /(?:src|href)="([^"]+)"/) {
            let part = try await setUp.client.get(String(match.1))
            #expect(part.status == 200, "\(match.1)")
        }
        let view = try await setUp.client.get("/rpcexplorer/services/logdog.Logs/Get")
        #expect(view.body == page.body)
        let again = try await setUp.client.request(
            "GET", "/rpcexplorer/", headers: [("If-None-Match", page.headers["etag"] ?? "")])
        #expect(again.status == 304 && again.body.isEmpty)
        #expect(try await setUp.client.get("/rpcexplorer/config").status == 200)
        #expect(try await setUp.client.get("/rpcexplorer/nothing").status == 404)
        try await setUp.stop()
    }

    @Test func `older links lead to where things are now`() async throws {
        let setUp = try await RecordedSetUp()
        for (path, status, location) in [
            ("/", 302, "/rpcexplorer/"), ("/rpcexplorer", 301, "/rpcexplorer/"),
            ("/v/?s=p%2Fa%2F%2B%2Fb", 302, "/logs/p/a/+/b"),
            ("/v/?x=1%262&s=p/a/%2B/b&s=p/c/%2B/d", 302, "/logs/p/a/+/b?x=1%262"),
            ("/v/?s=p%0d%0aSet-Cookie:x", 302, "/logs/p%0D%0ASet-Cookie:x"),
        ] {
            let reply = try await setUp.client.get(path)
            #expect(reply.status == status && reply.headers["location"] == location, "\(path)")
        }
        #expect(try await setUp.client.get("/v/").status == 400)
        try await setUp.stop()
    }
}
