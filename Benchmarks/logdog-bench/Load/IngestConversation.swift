import ByteCoding

/// Sends prepared messages of Butlers to an ingest socket; each is answered by one frame.
struct IngestConversation: LoadConversation {
    private let messages: [[UInt8]]
    /// Whether the first message follows the last one.
    private let repeats: Bool
    private var next = 0

    init(_ messages: [[UInt8]], repeats: Bool = false) {
        self.messages = messages
        self.repeats = repeats
    }

    mutating func nextRequest(into bytes: inout [UInt8]) -> Bool {
        if repeats, next == messages.count { next = 0 }
        guard next < messages.count else { return false }
        bytes += messages[next]
        next += 1
        return true
    }

    mutating func replyLength(in bytes: [UInt8], answer: inout [UInt8]) throws -> Int? {
        var reader = ByteReader(bytes)
        let frame: ArraySlice<UInt8>?
        do { frame = try RecordIO.next(from: &reader, limit: 64 << 10) } catch { return nil }
        guard let frame else { return nil }
        guard frame.first == 0 else {
            throw LoadFailure("refused: \(String(decoding: frame.dropFirst(), as: UTF8.self))")
        }
        return reader.offset
    }
}
