// The hot loop of ingest: it lives whole in this module, over raw bytes, and builds nothing.

/// Checks serialized log entries as deeply as a protobuf decoder would, and takes their numbers.
///
/// As with one, a field of an unexpected wire type counts as unknown and is passed over, content
/// that comes several times is merged, and content of another kind replaces what came before.
/// Groups are refused: no LogDog message has them.
struct EntryScanner {
    private(set) var head = EntryHead()
    private var content: StreamType?
    /// Whether the content so far is what its kind asks for at least.
    private var isEnough = false

    /// One pass over all of `entry`.
    static func head(
        of entry: UnsafeRawBufferPointer, validFor type: StreamType
    ) throws(EntryError) -> EntryHead {
        var scanner = EntryScanner()
        try scanner.scan(entry)
        guard scanner.content == type, scanner.isEnough else { throw .noContent }
        return scanner.head
    }

    private mutating func scan(_ entry: UnsafeRawBufferPointer) throws(EntryError) {
        var fields = RawFields(entry)
        while let field = try fields.next() {
            switch (field.number, field.wireType) {
            case (1, .bytes): try RawFields.checkNumbers(field.bytes)
            case (2, .varint): head.prefixIndex = field.varint
            case (3, .varint): head.streamIndex = field.varint
            case (4, .varint): head.sequence = field.varint
            case (10, .bytes): try scanText(field.bytes)
            case (11, .bytes): try scanBinary(field.bytes)
            case (12, .bytes): try scanDatagram(field.bytes)
            default: break
            }
        }
    }

    private mutating func begin(_ kind: StreamType) {
        guard content != kind else { return }
        content = kind
        // An empty datagram is content.
        isEnough = kind == .datagram
    }

    /// Text needs a line.
    private mutating func scanText(_ text: UnsafeRawBufferPointer) throws(EntryError) {
        begin(.text)
        var fields = RawFields(text)
        while let field = try fields.next() {
            guard field.number == 1, field.wireType == .bytes else { continue }
            isEnough = true
            var line = RawFields(field.bytes)
            while let part = try line.next() {
                guard part.number == 2, part.wireType == .bytes else { continue }
                guard Self.isUTF8(part.bytes) else { throw .undecodable }
            }
        }
    }

    /// Binary needs a byte; the data that comes last counts.
    private mutating func scanBinary(_ binary: UnsafeRawBufferPointer) throws(EntryError) {
        begin(.binary)
        var fields = RawFields(binary)
        while let field = try fields.next() {
            guard field.number == 2, field.wireType == .bytes else { continue }
            isEnough = !field.bytes.isEmpty
        }
    }

    private mutating func scanDatagram(_ datagram: UnsafeRawBufferPointer) throws(EntryError) {
        begin(.datagram)
        var fields = RawFields(datagram)
        while let field = try fields.next() {
            guard field.number == 2, field.wireType == .bytes else { continue }
            try RawFields.checkNumbers(field.bytes)
        }
    }

    /// Delimiters are one or two ASCII bytes as a rule.
    private static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.allSatisfy({ $0 < 0x80 }) { return true }
        return String(validating: bytes, as: UTF8.self) != nil
    }
}
