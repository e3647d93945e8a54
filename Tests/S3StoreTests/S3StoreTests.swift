import AsyncHTTPClient
import Foundation
import Platform
import StreamArchive
import TestSupport
import Testing

@testable import S3Store

/// The store against a real S3-speaking server.
@Suite(.serialized) struct S3StoreTests {
    private static func store(_ endpoint: String) throws -> S3Store {
        let location = try S3Location(
            parsing: "s3://logs/base", environment: ["AWS_ENDPOINT_URL": endpoint])
        let store = S3Store(
            location, S3Credentials(accessKey: "key", secretKey: "secret"), clock: SystemClock(),
            randomness: SystemRandomness(), pause: { _ in })
        _ = try store.client.send(.init(method: .PUT, key: ""))
        return store
    }

    private static func write(
        _ text: String, _ content: [UInt8], to store: S3Store
    ) throws -> ObjectName {
        let group = try store.beginGroup()
        defer { group.end() }
        let upload = try group.begin(try #require(ObjectName(text)))
        for start in stride(from: 0, to: content.count, by: 5 << 20) {
            try upload.append(Array(content[start..<min(content.count, start + (5 << 20))]))
        }
        try upload.finish()
        try group.publish(upload)
        try group.settle()
        return upload.name
    }

    /// Blocking calls belong on a thread of their own.
    private func onThread(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { done in
            Thread { done.resume(with: Result { try body() }) }.start()
        }
    }

    @Test func `objects are written once, read by ranges, replaced and removed`() async throws {
        guard let endpoint = MotoServer.endpoint else { return }
        try await onThread {
            let store = try Self.store(endpoint)
            let small = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
            let name = try Self.write("p/a/+/b/~1.x", small, to: store)
            #expect(store.url(of: name) == "s3://logs/base/p/a/+/b/~1.x")
            #expect(store.name(of: store.url(of: name)) == name)
            #expect(try store.size(of: name) == 1000)
            #expect(try store.read(10..<20, of: name) == Array(small[10..<20]))
            #expect(try store.read(990..<2000, of: name) == Array(small[990...]))
            #expect(try store.read(1000..<2000, of: name) == [])
            #expect(throws: ObjectError.taken(store.url(of: name))) {
                try Self.write("p/a/+/b/~1.x", [1], to: store)
            }
            let group = try store.beginGroup()
            let other = try group.begin(name)
            try other.append([7])
            try other.finish()
            try store.replace(name, with: other)
            #expect(try store.read(0..<10, of: name) == [7])
            try store.remove(name)
            #expect(try store.size(of: name) == nil)
            #expect(throws: ObjectError.absent(store.url(of: name))) {
                try store.read(0..<1, of: name)
            }
        }
    }

    @Test func `a large object goes in parts`() async throws {
        guard let endpoint = MotoServer.endpoint else { return }
        try await onThread {
            let store = try Self.store(endpoint)
            let large = [UInt8](repeating: 7, count: 2 * S3Upload.partSize) + [1, 2, 3]
            let name = try Self.write("p/large", large, to: store)
            #expect(try store.size(of: name) == UInt64(large.count))
            let end = UInt64(large.count)
            #expect(try store.read(end - 4..<end, of: name) == [7, 1, 2, 3])
        }
    }

    @Test func `objects of a folder are listed, however many`() async throws {
        guard let endpoint = MotoServer.endpoint else { return }
        try await onThread {
            let store = try Self.store(endpoint)
            let folder = try #require(ObjectName("list"))
            #expect(try store.objects(in: folder) == [])
            var expected: [ListedObject] = []
            for number in 0..<7 {
                let text = "list/\(number)&<'\">"
                let name = try Self.write(text, [UInt8](repeating: 1, count: number % 3), to: store)
                expected.append(ListedObject(name: name, size: UInt64(number % 3)))
            }
            _ = try Self.write("list/deeper/x", [1], to: store)
            _ = try Self.write("list-not", [1], to: store)
            #expect(try store.objects(in: folder) == expected)
            #expect(try store.objects(in: folder, atOnce: 3) == expected)
        }
    }

    @Test func `a link opens without credentials`() async throws {
        guard let endpoint = MotoServer.endpoint else { return }
        try await onThread {
            let store = try Self.store(endpoint)
            let name = try Self.write("p/a", [1, 2, 3], to: store)
            let url = try #require(
                store.presignedURL(of: name, lifetime: .seconds(60), at: SystemClock().wall()))
            let reply = try HTTPClient.shared.get(url: url).wait()
            #expect(reply.status == .ok)
            #expect(reply.body.map { Array($0.readableBytesView) } == [1, 2, 3])
        }
    }

    @Test func `a service that is down is tried five times, with growing pauses`() async throws {
        let pauses = Lock<[Duration]>([])
        let location = try S3Location(
            parsing: "s3://logs", environment: ["AWS_ENDPOINT_URL": "http://127.0.0.1:1"])
        let store = S3Store(
            location, S3Credentials(accessKey: "key", secretKey: "secret"), clock: ManualClock(),
            randomness: SeededRandomness(seed: 1),
            pause: { pause in
                pauses.withLock { $0.append(pause) }
            })
        try await onThread {
            let error = #expect(throws: ObjectError.self) {
                try store.size(of: try #require(ObjectName("a")))
            }
            guard case .unavailable(_, let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.hasPrefix("HEAD failed 5 times"))
        }
        let limits = [100, 200, 400, 800].map { Duration.milliseconds($0) }
        let seen = pauses.withLock { $0 }
        #expect(seen.count == limits.count)
        for (pause, limit) in zip(seen, limits) { #expect(pause <= limit) }
    }
}
