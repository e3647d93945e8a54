import ByteCoding

/// A record inside a body: kind, version, payload length as a varint, payload.
enum RecordFrame {
    /// Bytes that the frame of a payload of `length` bytes takes.
    static func length(ofPayload length: Int) -> Int { 2 + varintLength(UInt64(length)) + length }

    static func append(
        kind: RecordKind, version: UInt8, payload: ArraySlice<UInt8>, to body: inout [UInt8]
    ) {
        body.append(kind.rawValue)
        body.append(version)
        body.appendVarint(UInt64(payload.count))
        body.append(contentsOf: payload)
    }

    /// The records of a whole body, numbered from `first`; nil if the frames do not fill it
    /// exactly with `count` numbers. What was left out counts and is not returned.
    static func records(
        in body: [UInt8], numbered first: RecordNumber, count: Int, form: RecordForm
    ) -> [Record]? {
        var records: [Record] = []
        records.reserveCapacity(min(count, body.count))
        var number = first
        var numbers: UInt64 = 0
        var position = 0
        let whole = body.withUnsafeBytes { bytes -> Bool in
            while position < bytes.count {
                guard position + 3 <= bytes.count else { return false }
                let kind = RecordKind(rawValue: bytes[position])
                let version = bytes[position + 1]
                position += 2
                guard let length = payloadLength(bytes, &position) else { return false }
                guard kind != .leftOut else {
                    guard
                        let left = leftOut(body[position..<position + length]),
                        left <= UInt64(count) - min(numbers, UInt64(count))
                    else { return false }
                    position += length
                    numbers += left
                    number = number.advanced(by: Int(left))
                    continue
                }
                records.append(
                    Record(
                        number: number, kind: kind, version: version, form: form,
                        payload: body[position..<position + length]))
                position += length
                number = number.next
                numbers += 1
            }
            return true
        }
        return whole && numbers == UInt64(count) ? records : nil
    }

    /// How many records the payload of a left-out frame stands for; nil if it is none.
    private static func leftOut(_ payload: ArraySlice<UInt8>) -> UInt64? {
        var reader = ByteReader(payload)
        do throws(ByteError) {
            let count = try reader.varint()
            return reader.isAtEnd && count > 0 ? count : nil
        } catch {
            return nil
        }
    }

    private static func payloadLength(
        _ bytes: UnsafeRawBufferPointer, _ position: inout Int
    ) -> Int? {
        var value = 0
        var shift = 0
        while position < bytes.count, shift < 35 {
            let byte = Int(bytes[position])
            position += 1
            value |= (byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value <= bytes.count - position ? value : nil }
            shift += 7
        }
        return nil
    }
}
