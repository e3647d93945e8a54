import Foundation
import Journal
import LogDogModel
import TestSupport
import Tumble

@testable import Coordinator

/// The history of `Fixtures/events/v1/history.txt`: every kind of event once at least.
enum GoldenHistory {
    static let directory = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/events/v1")

    /// What the records of the file come from. It must never change: a new kind of event gets a
    /// history of its own.
    static func made() throws -> History {
        var history = History()
        try history.when(
            .registerPrefix(try History.claim(nonce: Array(repeating: 0x11, count: 32))))
        var bare = try History.claim(prefix: "bare")
        bare.realm = nil
        bare.sourceInfo = []
        try history.when(.registerPrefix(bare))
        try history.when(.registerStream(try History.registration()))
        history.wait(.seconds(1))
        try history.when(.deliver(try History.part(count: 2)))
        try history.when(.deliver(try History.part(first: 300, count: 1)))
        try history.when(
            .deliver(try History.part(name: "stderr", count: 1, terminalIndex: 0)))
        history.wait(.seconds(1))
        try history.when(.terminateStream(History.termination(at: 300)))
        history.wait(.seconds(300))
        _ = try history.fireDue()
        history.wait(.seconds(172_800))
        _ = try history.fireDue()
        return history
    }

    /// One line a record, and the digest of the state at the end.
    static func text(of history: History) -> String {
        let lines = history.records.map { record in
            "\(record.number.rawValue) \(record.kind.rawValue) \(hex(record.payload))"
        }
        return (lines + ["digest \(history.state.digest)"]).joined(separator: "\n") + "\n"
    }

    /// The records of the file, and the digest that it names.
    static func read() throws -> (records: [Record], digest: String) {
        let text = try String(
            contentsOf: directory.appending(path: "history.txt"), encoding: .utf8)
        var records: [Record] = []
        var digest = ""
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard let last = parts.last else { continue }
            if parts.count == 2 {
                digest = String(last)
                continue
            }
            guard parts.count == 3, let number = UInt64(parts[0]), let kind = UInt8(parts[1]),
                let payload = [UInt8](hex: String(last))
            else { throw Misfit("a line of the fixture: \(line)") }
            records.append(
                Record(
                    number: RecordNumber(rawValue: number), kind: RecordKind(rawValue: kind),
                    version: 1, payload: payload[...]))
        }
        return (records, digest)
    }

    static func hex(_ bytes: some Collection<UInt8>) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
