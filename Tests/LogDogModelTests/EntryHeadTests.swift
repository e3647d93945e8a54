import ByteCoding
import Foundation
import LogDogModel
import LogDogProtos
import SwiftProtobuf
import TestSupport
import Testing

struct EntryHeadTests {
    /// `lines` of text with their delimiters, numbered.
    private static func textEntry(_ lines: [(String, String)] = [("x", "\n")]) -> Logpb_LogEntry {
        .with { entry in
            entry.timeOffset = Google_Protobuf_Duration(seconds: 1, nanos: 2)
            entry.prefixIndex = 300
            entry.streamIndex = 7
            entry.sequence = 1 << 40
            entry.text.lines = lines.map { value, delimiter in
                .with {
                    $0.value = Data(value.utf8)
                    $0.delimiter = delimiter
                }
            }
        }
    }

    private static func error(
        _ bytes: [UInt8], _ type: StreamType = .text
    ) -> EntryError? {
        do throws(EntryError) {
            _ = try EntryHead(scanning: bytes[...], validFor: type)
            return nil
        } catch {
            return error
        }
    }

    @Test func `the numbers are those that a decoder finds`() throws {
        let bytes: [UInt8] = try Self.textEntry().serializedBytes()
        // Inside a larger slice, as they stand in a bundle.
        let head = try EntryHead(scanning: ([0, 0] + bytes)[2...], validFor: .text)
        #expect(head.streamIndex == 7)
        #expect(head.prefixIndex == 300)
        #expect(head.sequence == 1 << 40)
    }

    @Test func `content must suit the type of the stream`() throws {
        let text: [UInt8] = try Self.textEntry().serializedBytes()
        let noLine: [UInt8] = try Self.textEntry([]).serializedBytes()
        let empty: [UInt8] = try Logpb_LogEntry.with { $0.binary = Logpb_Binary() }
            .serializedBytes()
        let datagram: [UInt8] =
            try Logpb_LogEntry.with { $0.datagram = Logpb_Datagram() }.serializedBytes()
        #expect(Self.error(text, .text) == nil)
        #expect(Self.error(text, .binary) == .noContent)
        #expect(Self.error(noLine, .text) == .noContent)
        #expect(Self.error(empty, .binary) == .noContent)
        #expect(Self.error(datagram, .datagram) == nil)
        #expect(Self.error([], .datagram) == .noContent)
    }

    @Test func `content of another kind replaces what came before, of the same it is merged`() {
        let line: [UInt8] = [0x52, 0x02, 0x0a, 0x00]
        let noLine: [UInt8] = [0x52, 0x00]
        let byte: [UInt8] = [0x5a, 0x03, 0x12, 0x01, 0x58]
        #expect(Self.error(line + noLine, .text) == nil)
        #expect(Self.error(byte + line, .text) == nil)
        #expect(Self.error(line + byte, .text) == .noContent)
        #expect(Self.error(line + byte + noLine, .text) == .noContent)
    }

    @Test func `a field of an unexpected wire type counts as unknown`() {
        let lengthyIndex: [UInt8] = [0x1a, 0x01, 0x05]
        #expect(Self.error(lengthyIndex + [0x52, 0x02, 0x0a, 0x00]) == nil)
    }

    @Test func `what a decoder would refuse is refused`() {
        let delimiterThatIsNoText: [UInt8] = [0x52, 0x05, 0x0a, 0x03, 0x12, 0x01, 0xff]
        #expect(Self.error(delimiterThatIsNoText) == .undecodable)
        let lineCutShort: [UInt8] = [0x52, 0x04, 0x0a, 0x02, 0x0a, 0x05]
        #expect(Self.error(lineCutShort) == .undecodable)
        let offsetCutShort: [UInt8] = [0x0a, 0x01, 0x08, 0x52, 0x02, 0x0a, 0x00]
        #expect(Self.error(offsetCutShort) == .undecodable)
        #expect(Self.error([0x03]) == .undecodable)
        #expect(Self.error(Array(repeating: 0xff, count: 11)) == .undecodable)
    }

    /// Cut and flipped entries: what is taken decodes, what decodes and suits is taken.
    @Test func `the scanner takes what swift-protobuf takes`() throws {
        let whole: [UInt8] = try Self.textEntry([("one", "\r\n"), ("zwei", "ü")]).serializedBytes()
        var numbers = SeededNumbers(seed: 11)
        var cases = (0..<whole.count).map { Array(whole.prefix($0)) }
        for _ in 0..<4000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &numbers) {
                let place = Int.random(in: bytes.indices, using: &numbers)
                bytes[place] = UInt8.random(in: 0...255, using: &numbers)
            }
            cases.append(bytes)
        }
        for bytes in cases where !Self.hasGroup(bytes) {
            let decoded = try? Logpb_LogEntry(serializedBytes: bytes)
            let isText = decoded.map { !$0.text.lines.isEmpty } ?? false
            #expect((Self.error(bytes) == nil) == isText, "\(bytes)")
            if let decoded, isText {
                let head = try EntryHead(scanning: bytes[...], validFor: .text)
                #expect(head.streamIndex == decoded.streamIndex)
                #expect(head.prefixIndex == decoded.prefixIndex)
                #expect(head.sequence == decoded.sequence)
            }
        }
    }

    /// A decoder passes over unknown groups; the scanner refuses them, and says so.
    private static func hasGroup(_ bytes: [UInt8]) -> Bool {
        bytes.contains { $0 & 7 == 3 || $0 & 7 == 4 }
            && (try? Logpb_LogEntry(serializedBytes: bytes)) != nil && error(bytes) == .undecodable
    }
}

struct RawRenderingTests {
    private static func rendered(_ entry: Logpb_LogEntry) throws -> String {
        let bytes: [UInt8] = try entry.serializedBytes()
        var output: [UInt8] = []
        try RawRendering.append(bytes[...], to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test func `text is its values and delimiters, other content its bytes`() throws {
        let text = Logpb_LogEntry.with { entry in
            entry.text.lines = [("a", "\r\n"), ("b", "\n"), ("c", "")].map { value, delimiter in
                .with {
                    $0.value = Data(value.utf8)
                    $0.delimiter = delimiter
                }
            }
        }
        #expect(try Self.rendered(text) == "a\r\nb\nc")
        let binary = Logpb_LogEntry.with { $0.binary.data = Data("bin".utf8) }
        #expect(try Self.rendered(binary) == "bin")
        let datagram = Logpb_LogEntry.with { $0.datagram.data = Data("gram".utf8) }
        #expect(try Self.rendered(datagram) == "gram")
        #expect(try Self.rendered(Logpb_LogEntry()) == "")
    }

    @Test func `content that is replaced is not rendered`() throws {
        var output = Array("kept ".utf8)
        let bytes: [UInt8] = [
            0x5a, 0x03, 0x12, 0x01, 0x58, 0x52, 0x05, 0x0a, 0x03, 0x0a, 0x01, 0x59,
        ]
        try RawRendering.append(bytes[...], to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "kept Y")
    }

    @Test func `an entry that does not decode is refused`() {
        var output: [UInt8] = []
        #expect(throws: EntryError.undecodable) {
            try RawRendering.append([0x52, 0x05], to: &output)
        }
    }
}
