import Foundation
import Platform
import TestSupport
import Testing

@testable import logdog

/// SIGKILL in the middle of a scripted workload, again and again on one directory.
@Suite(.serialized) struct KillTests {
    /// How often the server is killed; each time after another number of acknowledgements.
    private static let killPoints = 24
    private static let streams = 4

    /// What producers know: the truth that the server is held to.
    private struct Ledger {
        var acknowledged: [String: Int] = [:]
        var submitted: [String: Int] = [:]
        var acknowledgements = 0
    }

    @Test(.timeLimit(.minutes(5)))
    func `nothing acknowledged is lost and nothing else appears, wherever the kill falls`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let data = directory.path("data")
        let ledger = Lock(Ledger())
        var secret: [UInt8] = []
        for point in 0..<Self.killPoints {
            let server = try await DemoServer.start(BuiltProgram.logdog, data: data, port: 0)
            let client = LoopbackClient(port: server.port)
            if secret.isEmpty {
                secret = try await client.registerPrefix("kill/all", of: "proj")
            } else {
                try await expectWhole(client, ledger, "after kill \(point - 1)")
            }
            let producers = Self.produce(to: client, secret: secret, ledger: ledger) {
                acknowledgements in
                if acknowledgements == 3 + 5 * point { server.process.send(signal: SIGKILL) }
            }
            await producers.value
            #expect(await server.process.exitCode() == 128 + SIGKILL)
            ledger.withLock { $0.acknowledgements = 0 }
        }
        let server = try await DemoServer.start(BuiltProgram.logdog, data: data, port: 0)
        try await expectWhole(LoopbackClient(port: server.port), ledger, "at the end")
        server.process.send(signal: SIGTERM)
        #expect(await server.process.exitCode() == 0)
        #expect(
            await (try BuiltProgram.logdog.start(["journal", "verify", "--data", data]))
                .exitCode() == 0)
    }

    /// One producer a stream, each sending bundles until the server is gone.
    private static func produce(
        to client: LoopbackClient, secret: [UInt8], ledger: Lock<Ledger>,
        onAcknowledged: @escaping @Sendable (Int) -> Void
    ) -> Task<Void, Never> {
        Task.detached {
            await withTaskGroup(of: Void.self) { group in
                for stream in 0..<streams {
                    group.addTask {
                        await send("s\(stream)", to: client, secret, ledger, onAcknowledged)
                    }
                }
            }
        }
    }

    private static func send(
        _ stream: String, to client: LoopbackClient, _ secret: [UInt8], _ ledger: Lock<Ledger>,
        _ onAcknowledged: (Int) -> Void
    ) async {
        while true {
            // What was not acknowledged is sent again, as a Butler does.
            let first = ledger.withLock { $0.acknowledged[stream] ?? 0 }
            let count = 1 + (first * 31 + stream.utf8.count) % 40
            ledger.withLock { ledger in
                ledger.submitted[stream] = max(ledger.submitted[stream] ?? 0, first + count)
            }
            let bundle = TestBundle(
                project: "proj", prefix: "kill/all", secret: secret, stream: stream,
                first: first, count: count, terminal: false)
            guard
                let message = try? bundle.message(),
                let reply = try? await client.post("/ingest/v1/bundles", body: message)
            else { return }
            guard reply.status == 200 else { continue }
            let acknowledgements = ledger.withLock { ledger in
                ledger.acknowledged[stream] = first + count
                ledger.acknowledgements += 1
                return ledger.acknowledgements
            }
            onAcknowledged(acknowledgements)
        }
    }

    private func expectWhole(
        _ client: LoopbackClient, _ ledger: Lock<Ledger>, _ moment: String
    ) async throws {
        for stream in (0..<Self.streams).map({ "s\($0)" }) {
            let (acknowledged, submitted) = ledger.withLock {
                ($0.acknowledged[stream] ?? 0, $0.submitted[stream] ?? 0)
            }
            let entries = try await client.entries(of: "kill/all/+/\(stream)", in: "proj")
            #expect(entries.count >= acknowledged, "\(stream) lost entries \(moment)")
            #expect(entries.count <= submitted, "\(stream) has phantoms \(moment)")
            for (index, entry) in entries.enumerated() {
                let text = entry.text.lines.map { String(decoding: $0.value, as: UTF8.self) }
                #expect(entry.streamIndex == UInt64(index))
                #expect(text == [TestBundle.line(of: stream, index)], "\(stream) \(moment)")
            }
        }
    }
}
