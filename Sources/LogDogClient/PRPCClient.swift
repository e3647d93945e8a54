import RPCStatus
import SwiftProtobuf

/// Calls of pRPC methods in binary (`spec/prpc.md`).
package struct PRPCClient: Sendable {
    /// Pauses before a call that failed in passing is made again.
    package static let usualPauses: [Duration] = [
        .milliseconds(200), .milliseconds(400), .milliseconds(800),
    ]

    package let http: HTTPClient
    private let pauses: [Duration]
    private let pause: @Sendable (Duration) async throws -> Void

    package init(
        _ server: ServerAddress, pauses: [Duration] = usualPauses,
        pause: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        }
    ) {
        http = HTTPClient(server)
        self.pauses = pauses
        self.pause = pause
    }

    /// Makes a call; what fails in passing is tried again a few times.
    package func call<Request: Message, Reply: Message>(
        _ service: String, _ method: String, _ request: Request
    ) async throws(ClientFailure) -> Reply {
        let body = try await replyBytes(service, method, request)
        do {
            return try Reply(serializedBytes: body)
        } catch {
            throw .illFormed("\(error)")
        }
    }

    /// Makes a call, and returns the reply as it came.
    package func replyBytes(
        _ service: String, _ method: String, _ request: some Message
    ) async throws(ClientFailure) -> [UInt8] {
        var attempt = 0
        while true {
            do throws(ClientFailure) {
                return try await once(service, method, request)
            } catch {
                guard attempt < pauses.count, Self.isPassing(error) else { throw error }
                do { try await pause(pauses[attempt]) } catch { throw .unreachable("cancelled") }
                attempt += 1
            }
        }
    }

    private static func isPassing(_ failure: ClientFailure) -> Bool {
        switch failure {
        case .unreachable: true
        case .refused(let error): [.internal, .unknown, .unavailable].contains(error.code)
        case .illFormed, .missing: false
        }
    }

    private func once(
        _ service: String, _ method: String, _ request: some Message
    ) async throws(ClientFailure) -> [UInt8] {
        let body: [UInt8]
        do { body = try request.serializedBytes() } catch { throw .illFormed("\(error)") }
        let answer = try await http.send(
            .POST, "/prpc/\(service)/\(method)",
            headers: [
                ("Content-Type", "application/prpc; encoding=binary"),
                ("Accept", "application/prpc; encoding=binary"),
                ("User-Agent", "logdog"), ("X-Prpc-Grpc-Timeout", "60S"),
            ], body: body)
        guard
            let text = answer.headers.first(name: "X-Prpc-Grpc-Code"), let number = Int32(text)
        else { throw .illFormed("no pRPC code comes with status \(answer.status)") }
        guard number == 0 else {
            let message = String(decoding: answer.body, as: UTF8.self)
            throw .refused(
                RPCError(
                    StatusCode(rawValue: number) ?? .unknown,
                    message.hasSuffix("\n") ? String(message.dropLast()) : message))
        }
        return answer.body
    }
}
