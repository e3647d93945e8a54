import Foundation
import Journal
import Platform
import Testing

@testable import JournalRepair

/// The form of a manifest.
struct BackupManifestTests {
    private static let manifest = BackupManifest(
        number: 7,
        segments: [
            BackupSegment(
                first: .first, last: RecordNumber(rawValue: 9), lastTime: time(1), generation: 2,
                chainEnd: 4_000_000_000, size: 700, sha256: [1].sha256),
            BackupSegment(
                first: RecordNumber(rawValue: 10), last: RecordNumber(rawValue: 12),
                lastTime: time(2), generation: 0, chainEnd: nil, size: 300, sha256: [2].sha256),
        ])

    private static func time(_ second: Int64) -> Timestamp {
        Timestamp(microseconds: 1_780_000_000_000_000 + second * 1_000_000)
    }

    private static let golden = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/backup/v1/manifest.json")

    private static func read(_ bytes: [UInt8]) throws(BackupError) -> BackupManifest {
        try BackupManifest(decoding: bytes, object: "m")
    }

    @Test func `a manifest is written as it is for ever, and read back`() throws {
        let bytes = Self.manifest.encoded()
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == (try String(contentsOf: Self.golden, encoding: .utf8)))
        #expect(try Self.read(bytes) == Self.manifest)
        #expect(Self.manifest.end == .init(record: RecordNumber(rawValue: 12), time: Self.time(2)))
    }

    @Test func `a manifest with any byte changed or cut off is damaged`() throws {
        let bytes = Self.manifest.encoded()
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            for wrong in [changed, Array(bytes[..<index])] {
                let error = #expect(throws: BackupError.self) { try Self.read(wrong) }
                guard case .damaged? = error else {
                    Issue.record("byte \(index): \(String(describing: error))")
                    continue
                }
            }
        }
    }

    @Test func `a newer form, and segments that do not follow each other, are refused`() throws {
        func read(_ line: String) -> BackupError? {
            let bytes = Array("\(line)\n".utf8)
            do throws(BackupError) {
                _ = try Self.read(bytes + Array("\(bytes.sha256)\n".utf8))
                return nil
            } catch {
                return error
            }
        }
        func segment(_ first: UInt64, _ last: UInt64, sum: String = [1].sha256) -> String {
            #"{"first":\#(first),"last":\#(last),"lastTime":"2026-01-01T00:00:00Z","#
                + #""generation":0,"chainEnd":1,"size":9,"sha256":"\#(sum)"}"#
        }
        func line(_ segments: [String], format: Int = 1) -> String {
            #"{"backup":1,"format":\#(format),"segments":[\#(segments.joined(separator: ","))]}"#
        }
        #expect(read(line([segment(1, 2), segment(3, 3)])) == nil)
        #expect(read(line([], format: 2)) == .newerFormat(object: "m", 2))
        for wrong in [
            [], [segment(1, 2), segment(2, 3)], [segment(3, 4), segment(1, 2)], [segment(0, 1)],
            [segment(5, 3)], [segment(1, .max)], [segment(1, 2, sum: "../../x")],
        ] {
            guard case .damaged? = read(line(wrong)) else {
                Issue.record("\(wrong) was taken")
                continue
            }
        }
    }
}
