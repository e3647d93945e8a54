import AsyncHTTPClient
import NIOCore
import Platform

/// Fetches key sets of issuers.
enum KeyDownload {
    /// A key set has a few keys.
    static let sizeLimit = 1 << 20
    /// From the first byte asked to the last one received.
    private static let patience = Duration.seconds(10)

    /// Why there are no keys; the text is for operators.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Follows no redirections: the configuration says where keys come from.
    static func fetch(_ url: String) async throws -> [UInt8] {
        try await fetch(url, within: patience)
    }

    static func fetch(_ url: String, within limit: Duration) async throws -> [UInt8] {
        // The client's own timeout ends with the head of the answer.
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask { try await download(url) }
            group.addTask {
                try await Task.sleep(for: limit)
                throw Failure(description: "it takes longer than \(limit.components.seconds) s")
            }
            defer { group.cancelAll() }
            guard let bytes = try await group.next() else { throw CancellationError() }
            return bytes
        }
    }

    private static func download(_ url: String) async throws -> [UInt8] {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        // The keeper tries again by itself, and says meanwhile what is wrong.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let response = try await client.execute(
                HTTPClientRequest(url: url), deadline: .distantFuture)
            guard response.status == .ok else {
                throw Failure(description: "the answer was \(response.status.code)")
            }
            let bytes = Array(buffer: try await response.body.collect(upTo: sizeLimit))
            try await client.shutdown()
            return bytes
        } catch is NIOTooManyBytesError {
            try await client.shutdown()
            throw Failure(description: "the answer exceeds \(sizeLimit) bytes")
        } catch {
            try await client.shutdown()
            throw error
        }
    }
}
