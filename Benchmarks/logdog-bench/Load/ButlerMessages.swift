import ButlerProtocol
import ByteCoding
import Dispatch
import LogDogProtos
import SwiftProtobuf

/// Messages as a Butler publishes them, made before the clock starts: one a bundle of consecutive
/// entries of the producer's own text stream.
struct ButlerMessages {
    static let project = "bench"
    static let prefix = "bench/load"

    var project = Self.project
    let secret: [UInt8]
    let seed: UInt64
    let entriesPerBundle: Int
    /// Whether bodies are deflated, as Butlers do from 860 bytes on.
    let deflates: Bool

    /// `count` messages of each of `producers`, made on all cores.
    func make(producers: Int, count: Int) -> [[[UInt8]]] {
        var all = [[[UInt8]]](repeating: [], count: producers)
        let lines = Self.lines(seed: seed)
        all.withUnsafeMutableBufferPointer { buffer in
            // Each step writes an element of its own.
            nonisolated(unsafe) let target = buffer
            DispatchQueue.concurrentPerform(iterations: producers) { producer in
                target[producer] = messages(of: producer, count, lines)
            }
        }
        return all
    }

    /// Lines of 120 bytes, taken again and again.
    static func lines(seed: UInt64) -> [[UInt8]] {
        var workload = Workload(seed: seed)
        return (0..<4096).map { _ in Array(workload.line().utf8) }
    }

    private func messages(of producer: Int, _ count: Int, _ lines: [[UInt8]]) -> [[UInt8]] {
        let writer = BundleWriter()
        var index = 0
        return (0..<count).map { _ in
            var part = Logpb_ButlerLogBundle.Entry()
            part.desc.prefix = Self.prefix
            part.desc.name = "stream/\(producer)"
            part.desc.contentType = "text/plain"
            part.desc.timestamp = .init(seconds: 1_700_000_000, nanos: 0)
            part.logs = (0..<entriesPerBundle).map { _ in
                defer { index += 1 }
                return Self.entry(index, lines[(producer * 131 + index) % lines.count])
            }
            var bundle = Logpb_ButlerLogBundle()
            bundle.project = project
            bundle.prefix = Self.prefix
            bundle.secret = .init(secret)
            bundle.timestamp = .init(seconds: 1_700_000_000, nanos: 0)
            bundle.entries = [part]
            return framed(bundle, writer)
        }
    }

    private static func entry(_ index: Int, _ line: [UInt8]) -> Logpb_LogEntry {
        var entry = Logpb_LogEntry()
        entry.timeOffset = .init(
            seconds: Int64(index / 50), nanos: Int32(index % 1000) * 1_000_000)
        entry.prefixIndex = UInt64(index)
        entry.streamIndex = UInt64(index)
        entry.sequence = UInt64(index)
        var text = Logpb_Text.Line()
        text.value = .init(line)
        text.delimiter = "\n"
        entry.text.lines = [text]
        return entry
    }

    private func framed(_ bundle: Logpb_ButlerLogBundle, _ writer: BundleWriter) -> [UInt8] {
        do {
            guard !deflates else { return try writer.message(bundle) }
            var message: [UInt8] = []
            // A bundle, not compressed, protocol version "1".
            RecordIO.append([0x08, 1, 0x1a, 1, 0x31], to: &message)
            RecordIO.append(try bundle.serializedBytes() as [UInt8], to: &message)
            return message
        } catch {
            preconditionFailure("a benchmark's bundle is well-formed: \(error)")
        }
    }
}
