import LogDogProtos

/// Finds streams, page by page.
package struct StreamFinder: Sendable {
    private let client: PRPCClient

    package init(_ client: PRPCClient) { self.client = client }

    /// Hands over the streams that match, at most `limit`.
    package func streams(
        of project: String, matching path: String, withState: Bool, limit: Int?,
        _ take: ([Logdog_QueryResponse.Stream]) throws -> Void
    ) async throws {
        var request = Logdog_QueryRequest()
        request.project = project
        request.path = path
        request.state = withState
        var left = limit ?? .max
        repeat {
            let response: Logdog_QueryResponse = try await client.call(
                "logdog.Logs", "Query", request)
            try take(Array(response.streams.prefix(left)))
            left -= min(left, response.streams.count)
            request.next = response.next
        } while !request.next.isEmpty && left > 0
    }
}
