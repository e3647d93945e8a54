import AccessControl
import ByteCoding
import ButlerProtocol
import LogDogServices
import PRPCServer
import RPCStatus

/// The socket door of ingest: messages back to back, and for each, in order, once it is durable,
/// one RecordIO frame back: the gRPC code as a varint, then text.
struct IngestSocket: Sendable {
    /// The longest message: two frames of the limit and their lengths.
    private static let bufferLimit = 2 * BundleMessage.limit + 16

    private let ingest: BundleIngest

    init(_ ingest: BundleIngest) { self.ingest = ingest }

    /// Serves one connection until the sender closes it or sends what is no message.
    func serve(_ channel: ByteChannel) async throws {
        var buffer: [UInt8] = []
        let inflater = InflaterBox()
        for try await chunk in channel.chunks {
            buffer += chunk
            guard try await take(&buffer, inflater, channel) else { return }
        }
        guard !buffer.isEmpty else { return }
        try await channel.write(Self.frame(.invalidArgument, "\(BundleError.incomplete)"))
    }

    /// Takes the whole messages in `buffer` and answers them; false after a broken one.
    private func take(
        _ buffer: inout [UInt8], _ inflater: InflaterBox, _ channel: ByteChannel
    ) async throws -> Bool {
        var reader = ByteReader(buffer)
        while !reader.isAtEnd {
            let window = MessageWindow(from: &reader, inflater.inflater)
            try await answer(window.messages, channel)
            guard let broken = window.broken else { continue }
            if broken == .incomplete { break }
            try await channel.write(Self.frame(.invalidArgument, "\(broken)"))
            return false
        }
        buffer.removeFirst(reader.offset)
        guard buffer.count <= Self.bufferLimit else {
            try await channel.write(
                Self.frame(.invalidArgument, "a message exceeds \(Self.bufferLimit) bytes"))
            return false
        }
        return true
    }

    private func answer(_ messages: [BundleMessage], _ channel: ByteChannel) async throws {
        guard messages.count != 1 else {
            // The usual case of a sender that waits for each answer: no task of its own.
            let outcome = await ingest.ingest(messages[0], from: .anonymous)
            return try await channel.write(Self.frame(outcome.code, outcome.reason))
        }
        guard !messages.isEmpty else { return }
        let tasks = messages.map { message in
            Task { await ingest.ingest(message, from: .anonymous) }
        }
        var frames: [UInt8] = []
        for task in tasks {
            let outcome = await task.value
            frames += Self.frame(outcome.code, outcome.reason)
        }
        try await channel.write(frames)
    }

    private static func frame(_ code: StatusCode, _ text: String) -> [UInt8] {
        var payload: [UInt8] = []
        payload.appendVarint(UInt64(code.rawValue))
        payload += text.utf8
        var frame: [UInt8] = []
        RecordIO.append(payload, to: &frame)
        return frame
    }
}

/// `@unchecked Sendable`: one connection's task uses it, never two at once.
private final class InflaterBox: @unchecked Sendable {
    let inflater = Inflater()
}
