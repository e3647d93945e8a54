/// The numbers of a serialized `LogEntry` that an index holds.
///
/// Scans the top-level fields only: what is archived was checked when it was taken in.
struct EntryNumbers {
    var prefixIndex: UInt64 = 0
    var streamIndex: UInt64 = 0
    var sequence: UInt64 = 0
    /// The bytes of the time offset's message; nil if the entry has none.
    var timeOffset: Range<Int>?

    /// Of nothing yet.
    init() {}

    /// Nil if the bytes are no message.
    init?(_ entry: UnsafeRawBufferPointer) {
        var position = 0
        while position < entry.count {
            guard let key = Self.varint(entry, &position) else { return nil }
            switch key & 7 {
            case 0:
                guard let value = Self.varint(entry, &position) else { return nil }
                switch key >> 3 {
                case 2: prefixIndex = value
                case 3: streamIndex = value
                case 4: sequence = value
                default: break
                }
            case 1: position += 8
            case 2:
                guard let length = Self.varint(entry, &position),
                    length <= UInt64(entry.count - position)
                else { return nil }
                if key >> 3 == 1 { timeOffset = position..<position + Int(length) }
                position += Int(length)
            case 5: position += 4
            default: return nil
            }
        }
        guard position == entry.count else { return nil }
    }

    /// The varint at `position`, which is moved behind it; nil if there is none.
    static func varint(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            guard shift < 63 || (shift == 63 && byte <= 1) else { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
