/// Walks the fields of a serialized message in a raw buffer, which must outlive the walk.
///
/// `WireScanner` does the same over slices; this one is for loops that run per log entry, since
/// calls across modules cost too much there.
struct RawFields {
    enum WireType: UInt8 {
        case varint = 0
        case fixed64 = 1
        case bytes = 2
        case fixed32 = 5
    }

    struct Field {
        let number: UInt64
        let wireType: WireType
        /// Zero unless the field is a varint.
        var varint: UInt64 = 0
        /// Empty unless the field is a byte run.
        var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    private let buffer: UnsafeRawBufferPointer
    private var position = 0

    init(_ buffer: UnsafeRawBufferPointer) { self.buffer = buffer }

    /// Reads through a message of which only the form is of interest.
    static func checkNumbers(_ message: UnsafeRawBufferPointer) throws(EntryError) {
        var fields = RawFields(message)
        while try fields.next() != nil {}
    }

    /// The next field, or nil at the end of the message.
    mutating func next() throws(EntryError) -> Field? {
        guard position < buffer.count else { return nil }
        let key = try varint()
        let number = key >> 3
        guard number > 0, number < 1 << 29, let type = WireType(rawValue: UInt8(key & 7)) else {
            throw .undecodable
        }
        switch type {
        case .varint: return Field(number: number, wireType: type, varint: try varint())
        case .fixed64: _ = try take(8)
        case .fixed32: _ = try take(4)
        case .bytes:
            let length = try varint()
            guard length <= UInt64(buffer.count - position) else { throw .undecodable }
            return Field(number: number, wireType: type, bytes: try take(Int(length)))
        }
        return Field(number: number, wireType: type)
    }

    private mutating func take(_ count: Int) throws(EntryError) -> UnsafeRawBufferPointer {
        guard count <= buffer.count - position else { throw .undecodable }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: buffer[position..<position + count])
    }

    private mutating func varint() throws(EntryError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < buffer.count {
            let byte = buffer[position]
            position += 1
            guard shift < 63 || (shift == 63 && byte <= 1) else { throw .undecodable }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw .undecodable
    }
}
