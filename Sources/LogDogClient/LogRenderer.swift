import LogDogProtos

/// Log entries as people read them, or as the raw bytes they were (`spec/formats.md §7`).
package struct LogRenderer: Sendable {
    private let isRaw: Bool
    /// Fragments of a datagram whose end has not come yet.
    private var datagram: [UInt8] = []

    package init(isRaw: Bool) { self.isRaw = isRaw }

    package mutating func append(_ entry: Logpb_LogEntry, to output: inout [UInt8]) {
        switch entry.content {
        case .text(let text):
            for line in text.lines {
                output += line.value
                if isRaw { output += line.delimiter.utf8 } else { output.append(0x0a) }
            }
        case .binary(let binary):
            if isRaw { output += binary.data } else { output += Self.hex(binary.data).utf8 }
        case .datagram(let part):
            if isRaw { output += part.data } else { append(part, entry.sequence, &output) }
        case nil: break
        }
    }

    private mutating func append(
        _ part: Logpb_Datagram, _ sequence: UInt64, _ output: inout [UInt8]
    ) {
        datagram += part.data
        guard !part.hasPartial || part.partial.last else { return }
        let unit = datagram.count == 1 ? "byte" : "bytes"
        output += "Datagram #\(sequence) (\(datagram.count) \(unit))\n".utf8
        output += Self.hexDump(datagram).utf8
        output.append(0x0a)
        datagram = []
    }

    private static func hex(_ bytes: some Collection<UInt8>) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// Sixteen bytes a row: offset, hex in two groups, text.
    private static func hexDump(_ bytes: [UInt8]) -> String {
        var dump = ""
        for start in stride(from: 0, to: bytes.count, by: 16) {
            let row = bytes[start..<min(start + 16, bytes.count)]
            let offset = String(start, radix: 16)
            dump += String(repeating: "0", count: 8 - offset.count) + offset + "  "
            for column in 0..<16 {
                dump += column < row.count ? hex([row[start + column]]) + " " : "   "
                if column == 7 || column == 15 { dump += " " }
            }
            let text = row.map { (0x20...0x7e).contains($0) ? Character(UnicodeScalar($0)) : "." }
            dump += "|" + String(text) + "|\n"
        }
        return dump
    }
}
