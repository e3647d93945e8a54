import Foundation
import LogDogClient
import LogDogProtos
import TestSupport
import Testing

/// What people and tools get to read of entries, by `format-vectors.json`, group `renderer`.
@Suite struct RendererVectorTests {
    @Test func `entries are rendered as the original renders them`() throws {
        for vector in try Vectors.formatGroup("renderer")?.objects("cases") ?? [] {
            let entries = try Self.entries(of: vector)
            for isRaw in [true, false] {
                var renderer = LogRenderer(isRaw: isRaw)
                var output: [UInt8] = []
                for entry in entries { renderer.append(entry, to: &output) }
                let wanted =
                    isRaw
                    ? vector.hex("raw_hex") ?? vector.string("raw").map { Array($0.utf8) }
                    : vector.string("human").map { Array($0.utf8) }
                #expect(output == wanted, "\(vector.members)")
            }
        }
    }

    private static func entries(of vector: JSONObject) throws -> [Logpb_LogEntry] {
        switch vector.string("stream") {
        case "text":
            return (vector.members["entries"] as? [[[String]]] ?? []).map { lines in
                var entry = Logpb_LogEntry()
                entry.text.lines = lines.map { parts in
                    var line = Logpb_Text.Line()
                    line.value = Data((parts.first ?? "").utf8)
                    line.delimiter = parts.last ?? ""
                    return line
                }
                return entry
            }
        case "binary":
            return try vector.strings("entries_hex").map { hex in
                var entry = Logpb_LogEntry()
                entry.binary.data = Data(try #require([UInt8](hex: hex)))
                return entry
            }
        case "datagram": return try fragments(of: vector)
        case let other:
            Vectors.notRun("renderer", because: "stream type \(other ?? "none") is not known")
            return []
        }
    }

    private static func fragments(of vector: JSONObject) throws -> [Logpb_LogEntry] {
        let fragments = vector.strings("fragments_hex")
        return try fragments.enumerated().map { index, hex in
            var entry = Logpb_LogEntry()
            entry.sequence = UInt64(vector.int("sequence") ?? 0)
            entry.datagram.data = Data(try #require([UInt8](hex: hex)))
            if fragments.count > 1 {
                entry.datagram.partial.index = UInt32(index)
                entry.datagram.partial.last =
                    index == fragments.count - 1 && vector.bool("last_on_final") == true
            }
            return entry
        }
    }
}
