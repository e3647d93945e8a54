import ByteCoding
import LogDogProtos
import SwiftProtobuf

/// What the original's writer leaves out and changes (`spec/formats.md §3.1`), so that its archives
/// can be compared with ours, which leave nothing out.
struct OrderGuard {
    private var last = Logpb_LogEntry()

    /// The entry as the original archives it; nil if it does not.
    mutating func admit(_ bytes: [UInt8]) throws -> [UInt8]? {
        var entry = try Logpb_LogEntry(serializedBytes: bytes)
        guard entry.prefixIndex >= last.prefixIndex, entry.streamIndex >= last.streamIndex,
            entry.sequence >= last.sequence
        else { return nil }
        func order(_ time: Google_Protobuf_Duration) -> (Int64, Int32) {
            (time.seconds, time.nanos)
        }
        if order(entry.timeOffset) < order(last.timeOffset) { entry.timeOffset = last.timeOffset }
        defer { last = entry }
        return try entry.serializedBytes()
    }
}
