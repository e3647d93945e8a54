import ButlerProtocol
import Foundation
import LogDogProtos
import Platform
import SwiftProtobuf

/// A text stream on its way to the server: what was read of it and not yet packed.
struct OutgoingStream {
    let name: String
    private let started: Timestamp
    private var chunker = TextChunker()
    private var nextIndex: UInt64 = 0
    private var isClosed = false
    /// Whether the server has been sent the last index; a stream without data is never announced.
    private(set) var isFinished = false

    init(name: String, started: Timestamp) {
        self.name = name
        self.started = started
    }

    mutating func append(_ bytes: ArraySlice<UInt8>, at time: Timestamp) {
        chunker.append(bytes, at: time)
    }

    mutating func close() {
        chunker.close()
        isClosed = true
        if chunker.buffered == 0, nextIndex == 0 { isFinished = true }
    }

    /// What there is to send, at most about `limit` bytes; nil if there is nothing.
    ///
    /// - Parameter isAged: told when the oldest byte was read: whether it has waited long enough
    ///   for a line to be cut.
    mutating func pack(
        limit: Int, prefixIndex: inout UInt64, isAged: (Timestamp) -> Bool
    ) -> Logpb_ButlerLogBundle.Entry? {
        guard !isFinished else { return nil }
        var part = Logpb_ButlerLogBundle.Entry()
        var rest = limit
        while rest > 0, let oldest = chunker.oldest {
            let before = chunker.buffered
            guard
                let entry = chunker.next(
                    limit: rest, allowSplit: isClosed || isAged(oldest) || before > limit / 2)
            else { break }
            rest -= before - chunker.buffered
            part.logs.append(message(entry, prefixIndex))
            prefixIndex += 1
            nextIndex += 1
        }
        let isAtEnd = isClosed && chunker.buffered == 0
        guard !part.logs.isEmpty || isAtEnd else { return nil }
        if isAtEnd {
            part.terminal = true
            part.terminalIndex = nextIndex - 1
            isFinished = true
        }
        part.desc.name = name
        part.desc.contentType = "text/plain; charset=utf-8"
        part.desc.timestamp = Google_Protobuf_Timestamp(
            seconds: started.microseconds / 1_000_000,
            nanos: Int32(started.microseconds % 1_000_000) * 1000)
        return part
    }

    private func message(
        _ entry: TextChunker.Entry, _ prefixIndex: UInt64
    ) -> Logpb_LogEntry {
        var message = Logpb_LogEntry()
        let offset = max(0, entry.time.microseconds - started.microseconds)
        message.timeOffset = Google_Protobuf_Duration(
            seconds: offset / 1_000_000, nanos: Int32(offset % 1_000_000) * 1000)
        message.prefixIndex = prefixIndex
        message.streamIndex = nextIndex
        message.sequence = entry.sequence
        message.text.lines = entry.lines.map { line in
            var text = Logpb_Text.Line()
            text.value = Data(line.value)
            text.delimiter = line.delimiter
            return text
        }
        return message
    }
}
