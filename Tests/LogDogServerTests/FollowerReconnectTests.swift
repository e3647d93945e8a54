import Foundation
import LogDogClient
import LogDogModel
import PRPCServer
import Platform
import Testing

/// A client that follows a log, and a server that goes away meanwhile.
@Suite(.timeLimit(.minutes(5))) struct FollowerReconnectTests {
    private struct Gone: Error {}

    @Test func `a connection that breaks is made again where it broke, and told of`() async throws {
        let asked = Lock([String]())
        let server = try await HTTPServer.start(
            host: "127.0.0.1", port: 0,
            handler: Router([
                .init(["GET"], "/*") { request in
                    let from = request.headers["last-event-id"] ?? "the start"
                    let attempt = asked.withLock { asked in
                        asked.append(from)
                        return asked.count
                    }
                    return HTTPReply(
                        status: 200,
                        body: .stream { writer in
                            let index = attempt - 1
                            let event =
                                "id: \(index)\ndata: {\"streamIndex\":\"\(index)\"}\n\n"
                            try await writer.write(Array(event.utf8))
                            guard attempt == 3 else { throw Gone() }
                            try await writer.write(Array("event: end\ndata: {}\n\n".utf8))
                        })
                }
            ]))
        let address = try #require(ServerAddress("http://127.0.0.1:\(server.port)"))
        let follower = TailFollower(
            address, try LogDogModel.StreamAddress(parsing: "p/a/+/b"), pause: { _ in })
        let seen = Lock([UInt64]())
        let lost = Lock(0)
        try await follower.follow(isPatient: false, onLost: { lost.withLock { $0 += 1 } }) {
            entry in
            seen.withLock { $0.append(entry.streamIndex) }
        }
        #expect(seen.withLock { $0 } == [0, 1, 2])
        #expect(asked.withLock { $0 } == ["the start", "0", "1"])
        #expect(lost.withLock { $0 } == 2)
        await server.stop(grace: .zero)
    }

    @Test func `a server that is not there at first is said so in plain words`() async throws {
        let server = try await HTTPServer.start(
            host: "127.0.0.1", port: 0, handler: Router([]))
        let port = server.port
        await server.stop(grace: .zero)
        let address = try #require(ServerAddress("http://127.0.0.1:\(port)"))
        let follower = TailFollower(
            address, try LogDogModel.StreamAddress(parsing: "p/a/+/b"), pause: { _ in })
        await #expect {
            try await follower.follow(isPatient: false) { _ in }
        } throws: { error in
            "\(error)"
                == "the server cannot be reached: http://127.0.0.1:\(port): Connection refused"
        }
    }
}
