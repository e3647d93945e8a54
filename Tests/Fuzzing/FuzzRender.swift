import LogDogClient
import LogDogProtos
import SwiftProtobuf

enum FuzzRender {
    static func take(_ bytes: [UInt8]) {
        guard let entry = try? Logpb_LogEntry(serializedBytes: bytes) else {
            var entry = Logpb_LogEntry()
            var line = Logpb_Text.Line()
            line.value = .init(bytes)
            line.delimiter = "\n"
            entry.text.lines = [line, line]
            return render(entry)
        }
        render(entry)
    }

    private static func render(_ entry: Logpb_LogEntry) {
        for isRaw in [false, true] {
            var renderer = LogRenderer(isRaw: isRaw)
            var output: [UInt8] = []
            renderer.append(entry, to: &output)
            renderer.append(entry, to: &output)
        }
    }
}
