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

    /// Where a reader is.
    private struct Progress {
        var next: Int64
        /// Entries that are still wanted; nil for all.
        var left: Int?
        var terminal: Int64 = -1
        /// Nothing comes any more: what is not there now never will be.
        var isArchived = false
        /// The last reply had no entries.
        var isStalled = false

        var isDone: Bool {
            left == 0 || (terminal >= 0 && next > terminal) || (terminal < 0 && isArchived)
        }
        /// A hole shows only in the state: an archive without the entry.
        var wantsState: Bool { terminal < 0 || (isStalled && !isArchived) }

        mutating func take(_ response: Logdog_GetResponse, hasState: Bool) {
            if hasState {
                terminal = response.state.terminalIndex
                isArchived = response.state.hasArchive
            }
            isStalled = response.logs.isEmpty
            guard let last = response.logs.last else { return }
            next = Int64(clamping: last.streamIndex) + 1
            left = left.map { max(0, $0 - response.logs.count) }
        }
    }

    /// Hands over all entries in order, waiting for those that are still to come.
    ///
    /// - Parameters:
    ///   - count: the most entries; nil for all up to the end of the stream.
    ///   - onWaiting: told once if the stream is not there yet.
    /// - Throws: `missing` at a hole that nothing will fill any more, after all before it.
    package func entries(
        from first: Int64 = 0, count: Int? = nil, onWaiting: () -> Void = {},
        _ take: ([Logpb_LogEntry]) throws -> Void
    ) async throws {
        var progress = Progress(next: first, left: count)
        var hasWaited = false
        // One that is not there at first is not waited for.
        var interruptions = Self.patience
        while !progress.isDone {
            let hasState = progress.wantsState
            let response: Logdog_GetResponse
            do throws(ClientFailure) {
                response = try await client.call(
                    "logdog.Logs", "Get", request(progress, state: hasState))
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
            // Entries may have come between a stalled reply and the archival.
            let wasArchived = progress.isArchived
            progress.take(response, hasState: hasState)
            guard progress.isStalled else {
                try take(response.logs)
                continue
            }
            guard !progress.isDone else { return }
            if wasArchived { throw try await hole(at: progress.next) }
            try await pause(progress.isArchived ? .zero : .milliseconds(500))
        }
    }

    private func request(_ progress: Progress, state: Bool) -> Logdog_GetRequest {
        var request = Logdog_GetRequest()
        request.project = address.project
        request.path = address.path.text
        request.index = progress.next
        request.byteCount = Self.fetchBytes
        request.state = state
        request.logCount = Int32(clamping: progress.left ?? 0)
        return request
    }

    /// What to tell of an entry that an archived stream does not have.
    private func hole(at index: Int64) async throws(ClientFailure) -> ClientFailure {
        var request = Logdog_GetRequest()
        request.project = address.project
        request.path = address.path.text
        request.index = index
        request.logCount = 1
        request.nonContiguous = true
        let response: Logdog_GetResponse = try await client.call("logdog.Logs", "Get", request)
        return .missing(from: index, next: response.logs.first.map { Int64($0.streamIndex) })
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
