import ByteCoding
import Coordinator
import Journal
import LogDogModel
import LogDogProtos
import Platform
import SwiftProtobuf

/// CI-like log lines, the same for the same seed: words, paths and numbers that deflate about as
/// real build logs do.
struct Workload {
    private static let words = [
        "Compiling", "Linking", "warning:", "note:", "error:", "Resolved", "Fetching", "Building",
        "Test", "passed", "failed", "skipped", "module", "target", "cache", "restored", "saved",
        "step", "finished", "started", "uploading", "artifact", "download", "checksum", "ok",
    ]
    private static let paths = [
        "Sources/Journal/SegmentSink.swift", "Sources/Tumble/Processor.swift", "src/main.c",
        "build/obj/parser.o", "node_modules/left-pad/index.js", "third_party/zlib/deflate.c",
        "Tests/JournalTests/BlockTests.swift", "lib/runtime/scheduler.go", "include/vector.h",
    ]

    private static let templates = [
        "[build] Compiling with -O2 -Wall -Wextra -c ", "[build] Linking shared library from ",
        "[test] running test suite in ", "[lint] checking formatting rules of ",
        "[fetch] restoring dependency cache for ", "[build] warning: unused variable in ",
    ]

    private var numbers: SeededNumbers
    private var seconds: UInt64 = 0

    init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

    private mutating func next() -> UInt64 { numbers.next() }

    /// A line of exactly 120 bytes: a time, a step and a message that repeats with other names and
    /// numbers, as build tools print them.
    mutating func line() -> String {
        seconds += next() % 2
        let minute = seconds / 60 % 60
        var line = "2026-11-24T10:\(minute < 10 ? "0" : "")\(minute):\(10 + seconds % 50)Z "
        line += Self.templates[Int(next() % UInt64(Self.templates.count))]
        line += Self.paths[Int(next() % UInt64(Self.paths.count))]
        line += " (\(next() % 1000)/1000) "
        while line.utf8.count < 120 {
            line += Self.words[Int(next() % UInt64(Self.words.count))] + " "
        }
        return String(line.prefix(120))
    }

    /// A serialized `LogEntry` with one line.
    mutating func entry(index: UInt64) -> [UInt8] {
        var entry = Logpb_LogEntry()
        entry.timeOffset = .init(
            seconds: Int64(index / 50), nanos: Int32(next() % 1000) * 1_000_000)
        entry.prefixIndex = index
        entry.streamIndex = index
        entry.sequence = index
        var line = Logpb_Text.Line()
        line.value = .init(self.line().utf8)
        line.delimiter = "\n"
        entry.text.lines = [line]
        do { return try entry.serializedBytes() } catch { return [] }
    }

    /// A descriptor of a text stream.
    static func descriptor(
        prefix: String, name: String, tags: [String: String] = [:]
    ) throws -> StreamDescriptor {
        var message = Logpb_LogStreamDescriptor()
        message.prefix = prefix
        message.name = name
        message.contentType = "text/plain"
        message.timestamp = .init(seconds: 1_700_000_000, nanos: 0)
        message.tags = tags
        return try StreamDescriptor(serialized: try message.serializedBytes())
    }
}
