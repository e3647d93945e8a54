import AsyncHTTPClient
import NIOCore

/// Fetches key sets of issuers.
enum KeyDownload {
    /// A key set has a few keys.
    private static let sizeLimit = 1 << 20

    /// Why there are no keys; the text is for operators.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Follows no redirections: the configuration says where keys come from.
    static func fetch(_ url: String) async throws -> [UInt8] {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let response = try await client.execute(
                HTTPClientRequest(url: url), timeout: .seconds(10))
            guard response.status == .ok else {
                throw Failure(description: "the answer was \(response.status.code)")
            }
            let bytes = Array(buffer: try await response.body.collect(upTo: sizeLimit))
            try await client.shutdown()
            return bytes
        } catch {
            try await client.shutdown()
            throw error
        }
    }
}
