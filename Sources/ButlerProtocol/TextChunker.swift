import Platform

/// Cuts a byte stream into log entries of lines (`spec/formats.md §6.4`).
///
/// Joining value and delimiter of all lines gives back the stream, byte for byte.
package struct TextChunker: Sendable {
    /// A line, or a piece of one.
    package struct Line: Hashable, Sendable {
        package let value: [UInt8]
        /// Empty: the line goes on in the next entry.
        package let delimiter: String
    }

    /// What becomes one log entry.
    package struct Entry: Hashable, Sendable {
        package let lines: [Line]
        /// When its first byte was read.
        package let time: Timestamp
        /// Complete lines before it.
        package let sequence: UInt64
    }

    /// What was read at one time.
    private struct Chunk {
        let end: Int
        let time: Timestamp
    }

    private var buffer: [UInt8] = []
    private var start = 0
    private var chunks: [Chunk] = []
    private var completeLines: UInt64 = 0
    private var isClosed = false

    package init() {}

    package var buffered: Int { buffer.count - start }
    /// When the oldest byte was read.
    package var oldest: Timestamp? { chunks.first?.time }

    package mutating func append(_ bytes: some Collection<UInt8>, at time: Timestamp) {
        guard !bytes.isEmpty else { return }
        buffer.append(contentsOf: bytes)
        chunks.append(Chunk(end: buffer.count, time: time))
    }

    /// Nothing more comes.
    package mutating func close() { isClosed = true }

    /// The next entry, of at most `limit` bytes; nil if there is none yet.
    ///
    /// - Parameter allowSplit: whether a line may be cut where the bytes end.
    package mutating func next(limit: Int, allowSplit: Bool) -> Entry? {
        guard let time = oldest else { return nil }
        let sequence = completeLines
        var lines: [Line] = []
        var rest = limit
        while rest > 0, buffered > 0, chunks.first?.time == time {
            guard let line = nextLine(limit: rest, allowSplit: allowSplit) else { break }
            lines.append(line)
            rest -= line.value.count + line.delimiter.utf8.count
            if line.delimiter.isEmpty { break }
            completeLines += 1
        }
        return lines.isEmpty ? nil : Entry(lines: lines, time: time, sequence: sequence)
    }

    private mutating func nextLine(limit: Int, allowSplit: Bool) -> Line? {
        let view = buffer[start..<min(start + limit, buffer.count)]
        if let newline = view.firstIndex(of: UInt8(ascii: "\n")) {
            let hasReturn = newline > start && buffer[newline - 1] == UInt8(ascii: "\r")
            let value = Array(buffer[start..<(hasReturn ? newline - 1 : newline)])
            consume(through: newline + 1)
            return Line(value: value, delimiter: hasReturn ? "\r\n" : "\n")
        }
        guard allowSplit else { return nil }
        let value = partial(view)
        guard !value.isEmpty else { return nil }
        consume(through: value.endIndex)
        return Line(value: Array(value), delimiter: "")
    }

    /// As much of `view` as may stand alone: not the half of a line ending, nor of a character.
    private func partial(_ view: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isAll = isClosed && view.endIndex == buffer.count
        var piece = view
        if piece.last == UInt8(ascii: "\r"), !isAll { piece = piece.dropLast() }
        let whole = piece[..<Self.endOfLastCharacter(in: piece)]
        guard whole.isEmpty else { return whole }
        // The original never lets go of bytes without any whole character; here they are sent
        // once it is certain that more of them would not help.
        let isHopeless = isAll || (view.endIndex < buffer.count && view.count >= 4)
        return isHopeless ? view : whole
    }

    /// Behind the last complete, valid character other than U+FFFD.
    private static func endOfLastCharacter(in bytes: ArraySlice<UInt8>) -> Int {
        var end = bytes.endIndex
        while end > bytes.startIndex {
            var begin = end - 1
            while begin > bytes.startIndex, end - begin < 4, bytes[begin] & 0xc0 == 0x80 {
                begin -= 1
            }
            let text = String(validating: bytes[begin..<end], as: UTF8.self)
            if let text, text.unicodeScalars.count == 1, text != "\u{fffd}" { return end }
            end -= 1
        }
        return end
    }

    private mutating func consume(through end: Int) {
        start = end
        while let first = chunks.first, first.end <= start { chunks.removeFirst() }
        guard start > 64 << 10 || start == buffer.count else { return }
        buffer.removeFirst(start)
        chunks = chunks.map { Chunk(end: $0.end - start, time: $0.time) }
        start = 0
    }
}
