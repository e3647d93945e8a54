import ByteCoding
import Foundation
import LogDogProtos

/// Messages of a Butler that tests make up: one text stream `s`, one line an entry.
enum TestMessage {
    static func bundle(
        project: String = "proj-foo", prefix: String, secret: Data, _ range: Range<UInt64>,
        terminal: UInt64? = nil
    ) throws -> Logpb_ButlerLogBundle {
        var part = Logpb_ButlerLogBundle.Entry()
        part.desc.name = "s"
        part.desc.prefix = prefix
        part.desc.contentType = "text/plain"
        part.desc.timestamp = .init(seconds: 1_700_000_000, nanos: 0)
        if let terminal {
            part.terminal = true
            part.terminalIndex = terminal
        }
        part.logs = range.map { index in
            var entry = Logpb_LogEntry()
            entry.streamIndex = index
            entry.prefixIndex = index
            entry.sequence = index
            var line = Logpb_Text.Line()
            line.value = Data("line \(index)".utf8)
            line.delimiter = "\n"
            entry.text.lines = [line]
            return entry
        }
        var bundle = Logpb_ButlerLogBundle()
        bundle.project = project
        bundle.prefix = prefix
        bundle.secret = secret
        bundle.entries = [part]
        return bundle
    }

    static func message(
        project: String = "proj-foo", prefix: String, secret: Data, _ range: Range<UInt64>,
        terminal: UInt64? = nil
    ) throws -> [UInt8] {
        try message(
            bundle(project: project, prefix: prefix, secret: secret, range, terminal: terminal))
    }

    /// Uncompressed.
    static func message(_ bundle: Logpb_ButlerLogBundle) throws -> [UInt8] {
        var message: [UInt8] = []
        message.appendLengthPrefixed([0x08, 1, 0x1a, 1, 0x31] as [UInt8])
        message.appendLengthPrefixed(try bundle.serializedBytes() as [UInt8])
        return message
    }
}
