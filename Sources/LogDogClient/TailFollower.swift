import LogDogModel
import LogDogProtos
import Platform
import RPCStatus
import SwiftProtobuf

/// Follows a stream by server-sent events until its end, across restarts of the server.
package struct TailFollower: Sendable {
    /// How often a stream that is not there (yet) is asked for.
    private static let absentPause = Duration.milliseconds(250)
    /// After so many refusals in a row it is believed not to be allowed.
    private static let refusalLimit = 40
    private static let shortestPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(5)

    private let http: HTTPClient
    private let address: StreamAddress
    private let pause: @Sendable (Duration) async throws -> Void

    package init(
        _ server: ServerAddress, _ address: StreamAddress,
        pause: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        }
    ) {
        http = HTTPClient(server)
        self.address = address
        self.pause = pause
    }

    private struct Progress {
        var events = EventStream()
        var lastID: String?
        /// Whether the server has ever answered, and whether it sends just now.
        var hasConnected = false
        var isConnected = false
        var hasEnded = false

        /// Whether there was a connection to lose.
        mutating func loseConnection() -> Bool {
            defer { isConnected = false }
            return isConnected
        }
    }

    /// Hands over every entry once, in order; returns at the end of the stream.
    ///
    /// - Parameters:
    ///   - isPatient: whether a server that cannot be reached at first is waited for; one that goes
    ///     away later always is.
    ///   - onLost: told each time that the server goes away.
    package func follow(
        isPatient: Bool, onLost: @escaping @Sendable () -> Void = {},
        _ take: @escaping @Sendable (Logpb_LogEntry) throws -> Void
    ) async throws {
        let progress = Lock(Progress())
        progress.withLock { $0.hasConnected = isPatient }
        var refusals = 0
        var wait = Self.shortestPause
        while true {
            do throws(ClientFailure) {
                try await connect(progress, take)
            } catch {
                let hasConnected = progress.withLock { $0.hasConnected }
                switch error {
                case .refused(let refusal):
                    let mayCome = [.notFound, .permissionDenied].contains(refusal.code)
                    guard mayCome, refusals < Self.refusalLimit else { throw error }
                    if refusal.code == .permissionDenied { refusals += 1 }
                    try await pause(Self.absentPause)
                    continue
                case .unreachable where hasConnected: break
                case .unreachable, .illFormed, .missing: throw error
                }
            }
            guard !progress.withLock({ $0.hasEnded }) else { return }
            if progress.withLock({ $0.loseConnection() }) {
                refusals = 0
                wait = Self.shortestPause
                onLost()
            }
            try await pause(wait)
            wait = min(wait * 2, Self.longestPause)
        }
    }

    private func connect(
        _ progress: Lock<Progress>, _ take: @escaping @Sendable (Logpb_LogEntry) throws -> Void
    ) async throws(ClientFailure) {
        var headers = [("Accept", "text/event-stream")]
        progress.withLock { progress in
            progress.events = EventStream()
            if let id = progress.lastID { headers.append(("Last-Event-ID", id)) }
        }
        try await http.stream(
            "/logs/\(address.project)/\(address.path.text)?follow=1", headers: headers
        ) { status in
            progress.withLock { progress in
                progress.hasConnected = true
                progress.isConnected = status == 200
            }
            switch status {
            case 200: break
            case 404:
                throw ClientFailure.refused(RPCError(.notFound, "no such stream"))
            case 401, 403:
                throw ClientFailure.refused(RPCError(.permissionDenied, "no access"))
            case 400: throw ClientFailure.refused(RPCError(.invalidArgument, "not a stream path"))
            default: throw ClientFailure.unreachable("status \(status)")
            }
        } onBytes: { bytes in
            let events = progress.withLock { $0.events.append(bytes) }
            for event in events {
                if event.name == "end" {
                    progress.withLock { $0.hasEnded = true }
                    return false
                }
                try take(try Logpb_LogEntry(jsonUTF8Bytes: event.data))
                progress.withLock { $0.lastID = event.id ?? $0.lastID }
            }
            return true
        }
    }
}
