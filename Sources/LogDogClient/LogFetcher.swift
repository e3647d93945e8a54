import LogDogModel
import LogDogProtos
import RPCStatus
import SwiftProtobuf

/// Reads a stream from an index to its end, as `logdog cat` does (`spec/clients.md §2.4`).
package struct LogFetcher: Sendable {
    /// Bytes asked for at once.
    private static let fetchBytes: Int32 = 4 << 20
    /// A server that goes away while a stream is read is waited for, a second each time.
    private static let patience = 60

    private let client: PRPCClient
    private let address: StreamAddress
    private let pause: @Sendable (Duration) async throws -> Void

    package init(
        _ client: PRPCClient, _ address: StreamAddress,
        pause: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        }
    ) {
        self.client = client
        self.address = address
        self.pause = pause
    }

    /// Hands over all entries in order, waiting for those that are still to come.
    ///
    /// - Parameters:
    ///   - count: the most entries; nil for all up to the end of the stream.
    ///   - onWaiting: told once if the stream is not there yet.
    package func entries(
        from first: Int64 = 0, count: Int? = nil, onWaiting: () -> Void = {},
        _ take: ([Logpb_LogEntry]) throws -> Void
    ) async throws {
        var next = first
        var left = count
        var terminal: Int64 = -1
        var hasWaited = false
        // One that is not there at first is not waited for.
        var interruptions = Self.patience
        while left != 0, terminal < 0 || next <= terminal {
            var request = Logdog_GetRequest()
            request.project = address.project
            request.path = address.path.text
            request.index = next
            request.byteCount = Self.fetchBytes
            request.state = terminal < 0
            request.logCount = Int32(clamping: left ?? 0)
            let response: Logdog_GetResponse
            do throws(ClientFailure) {
                response = try await client.call("logdog.Logs", "Get", request)
            } catch {
                switch error {
                case .refused(let refusal) where refusal.code == .notFound:
                    if !hasWaited { onWaiting() }
                    hasWaited = true
                case .unreachable where interruptions < Self.patience: interruptions += 1
                default: throw error
                }
                try await pause(.seconds(1))
                continue
            }
            interruptions = 0
            if request.state { terminal = response.state.terminalIndex }
            if let last = response.logs.last {
                try take(response.logs)
                next = Int64(clamping: last.streamIndex) + 1
                left = left.map { max(0, $0 - response.logs.count) }
            } else if terminal < 0 || next <= terminal {
                try await pause(.milliseconds(500))
            }
        }
    }

    /// The last entry that is there; nil if there is none.
    package func latest() async throws(ClientFailure) -> Logpb_LogEntry? {
        var request = Logdog_TailRequest()
        request.project = address.project
        request.path = address.path.text
        let response: Logdog_GetResponse = try await client.call("logdog.Logs", "Tail", request)
        return response.logs.first
    }
}
