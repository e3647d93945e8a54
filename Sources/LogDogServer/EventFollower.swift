import Coordinator
import LogDogProtos
import PRPCServer
import ReadModels
import SwiftProtobuf

/// Sends a stream as server-sent events: one an entry, its id the stream index, its data the entry
/// in proto JSON; then an event `end` with the terminal index.
struct EventFollower: Sendable {
    /// So long after the last sign of life a comment is sent, so that dead clients are noticed.
    private static let heartbeat = Duration.seconds(15)

    let readModel: ReadModel
    let stream: StreamID
    let first: UInt64

    func run(_ writer: HTTPBodyWriter) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await follow(writer)
                return true
            }
            group.addTask {
                while !Task.isCancelled {
                    try await Task.sleep(for: Self.heartbeat)
                    try await writer.write(Array(": still here\n\n".utf8))
                }
                return false
            }
            // A sign of life at once, so that the client knows it is connected.
            try await writer.write(Array(": following\n\n".utf8))
            while let isFinished = try await group.next(), !isFinished {}
            group.cancelAll()
        }
    }

    private func follow(_ writer: HTTPBodyWriter) async throws {
        var pages = readModel.follow(stream, from: first).makeAsyncIterator()
        while let page = try await pages.nextPage() {
            var bytes: [UInt8] = []
            for entry in page {
                let message = try Logpb_LogEntry(serializedBytes: Array(entry.bytes))
                let json: [UInt8] = try message.jsonUTF8Bytes()
                bytes += "id: \(entry.index)\ndata: ".utf8
                bytes += json
                bytes += "\n\n".utf8
            }
            try await writer.write(bytes)
        }
        let terminal = try await readModel.stream(stream)?.terminalIndex.map { "\($0)" } ?? "-1"
        try await writer.write(
            Array("event: end\ndata: {\"terminalIndex\":\"\(terminal)\"}\n\n".utf8))
    }
}
