import ByteCoding
import LogDogProtos
import SwiftProtobuf

/// Bundles as a Butler sends them, whose lines say which entry they are.
public struct TestBundle {
    public let project: String
    public let prefix: String
    public let secret: [UInt8]
    public let stream: String
    public let first: Int
    public let count: Int
    public let terminal: Bool

    public init(
        project: String, prefix: String, secret: [UInt8], stream: String, first: Int, count: Int,
        terminal: Bool
    ) {
        self.project = project
        self.prefix = prefix
        self.secret = secret
        self.stream = stream
        self.first = first
        self.count = count
        self.terminal = terminal
    }

    /// The only text that entry `index` of `stream` may ever have.
    public static func line(of stream: String, _ index: Int) -> String {
        "\(stream) entry \(index) \(String(repeating: "x", count: index * 7 % 90))"
    }

    /// Metadata frame and deflated body frame.
    public func message() throws -> [UInt8] {
        var bundle = Logpb_ButlerLogBundle()
        bundle.project = project
        bundle.prefix = prefix
        bundle.secret = .init(secret)
        var entry = Logpb_ButlerLogBundle.Entry()
        entry.desc.name = stream
        entry.desc.contentType = "text/plain"
        entry.desc.timestamp = .init(seconds: 1_700_000_000, nanos: 0)
        entry.logs = (first..<first + count).map(logEntry)
        entry.terminal = terminal
        entry.terminalIndex = terminal ? UInt64(first + count - 1) : 0
        bundle.entries = [entry]
        var metadata = Logpb_ButlerMetadata()
        metadata.type = .butlerLogBundle
        metadata.compression = .zlib
        metadata.protoVersion = "1"

        var message: [UInt8] = []
        let head: [UInt8] = try metadata.serializedBytes()
        RecordIO.append(head, to: &message)
        let body: [UInt8] = try bundle.serializedBytes()
        var deflated: [UInt8] = []
        Deflater(level: 6).deflate(body[...], into: &deflated)
        RecordIO.append(deflated, to: &message)
        return message
    }

    private func logEntry(_ index: Int) -> Logpb_LogEntry {
        var entry = Logpb_LogEntry()
        entry.timeOffset = .init(seconds: Int64(index), nanos: 0)
        entry.prefixIndex = UInt64(index)
        entry.streamIndex = UInt64(index)
        entry.sequence = UInt64(index)
        var line = Logpb_Text.Line()
        line.value = .init(Self.line(of: stream, index).utf8)
        line.delimiter = "\n"
        entry.text.lines = [line]
        return entry
    }
}
