import ByteCoding
import Coordinator
import LogDogModel

/// Log entries laid open: index, time and content.
enum EntryDescription {
    /// Entries that lie behind their lengths, as a list.
    static func field(ofFrames frames: ArraySlice<UInt8>, first: UInt64) -> OutputField {
        var reader = ByteReader(frames)
        return field(first: first) { () throws(ByteError) in
            reader.isAtEnd ? nil : try reader.lengthPrefixed()
        }
    }

    /// Entries one after another, as a list; what does not decode ends it and says why.
    static func field(
        first: UInt64, next: () throws(ByteError) -> ArraySlice<UInt8>?
    ) -> OutputField {
        var entries: [OutputValue] = []
        do throws(ByteError) {
            while let entry = try next() {
                entries.append(try value(of: entry, first &+ UInt64(entries.count)))
            }
        } catch {
            entries.append(.object([OutputField("undecodable", "\(error)")]))
        }
        return OutputField("entries", .list(entries))
    }

    /// The entries of a bundle that is kept as it came; nothing else of it is shown.
    static func field(of bundle: KeptBundle, first: UInt64) -> OutputField {
        var entries: [OutputValue] = []
        do {
            for (offset, entry) in try bundle.entries().enumerated() {
                entries.append(try value(of: entry, first &+ UInt64(offset)))
            }
        } catch {
            entries.append(.object([OutputField("undecodable", "\(error)")]))
        }
        return OutputField("entries", .list(entries))
    }

    private static func value(
        of entry: ArraySlice<UInt8>, _ index: UInt64
    ) throws(ByteError) -> OutputValue {
        var content: [UInt8] = []
        do throws(EntryError) {
            try RawRendering.append(entry, to: &content)
        } catch {
            return .object([OutputField("index", index), OutputField("undecodable", "\(error)")])
        }
        let offset = try offset(of: entry)
        return .object([
            OutputField("index", index),
            OutputField("offset", offset),
            String(validating: content, as: UTF8.self).map { OutputField("text", $0) }
                ?? OutputField("bytes", .bytes(content)),
        ])
    }

    /// From the stream's beginning, as `seconds.nanoseconds`.
    private static func offset(of entry: ArraySlice<UInt8>) throws(ByteError) -> String {
        var seconds: UInt64 = 0
        var nanos: UInt64 = 0
        var scanner = WireScanner(entry)
        while let field = try scanner.next() {
            guard field.number == 1, case .bytes(let duration) = field.value else { continue }
            var parts = WireScanner(duration)
            while let part = try parts.next() {
                guard case .varint(let value) = part.value else { continue }
                if part.number == 1 { seconds = value }
                if part.number == 2 { nanos = value }
            }
        }
        let digits = String(Int64(bitPattern: nanos).magnitude)
        let zeros = String(repeating: "0", count: max(0, 9 - digits.utf8.count))
        return "\(Int64(bitPattern: seconds)).\(zeros)\(digits)"
    }
}
