import Crypto
import Foundation
import Journal
import Platform

/// One backup in a store of objects: which segments make up the journal as it was then
/// (`BackupFormat.md`).
struct BackupManifest: Hashable, Sendable {
    /// The newest form that is read.
    static let format: UInt64 = 1
    /// In bytes; a journal of 10 TB stays far below.
    static let limit = 64 << 20

    /// Counts the backups of a place, from 1.
    let number: UInt64
    /// Ascending.
    let segments: [BackupSegment]

    /// The last record that it holds, and when that was decided.
    var end: JournalCopy.End {
        JournalCopy.End(
            record: segments.last?.last ?? .none,
            time: segments.map(\.lastTime).max() ?? .zero)
    }

    /// Whether the other one, which is newer, has all that is needed to restore to any record up to
    /// this one's end.
    func isContained(in newer: BackupManifest) -> Bool {
        segments.allSatisfy { segment in
            newer.segments.contains { other in
                other == segment
                    || !segment.isSealed && other.first == segment.first && other.generation == 0
                        && other.last >= segment.last
            }
        }
    }
}

/// A segment in a manifest.
struct BackupSegment: Hashable, Sendable {
    let first: RecordNumber
    /// The number before `first` if it holds none.
    let last: RecordNumber
    let lastTime: Timestamp
    let generation: UInt32
    /// The chain value at its end, as first written; nil unless it is sealed.
    let chainEnd: UInt32?
    /// In bytes.
    let size: UInt64
    /// Of all its bytes, in hex.
    let sha256: String

    var isSealed: Bool { chainEnd != nil }

    var range: ClosedRange<RecordNumber> { first...max(first, last) }
}

// The form.
extension BackupManifest {
    private struct Line: Codable {
        var backup: UInt64
        var format: UInt64
        var segments: [Members]
    }

    private struct Members: Codable {
        var first: UInt64
        var last: UInt64
        var lastTime: String
        var generation: UInt32
        var chainEnd: UInt32?
        var size: UInt64
        var sha256: String

        init(_ segment: BackupSegment) {
            first = segment.first.rawValue
            last = segment.last.rawValue
            lastTime = segment.lastTime.description
            generation = segment.generation
            chainEnd = segment.chainEnd
            size = segment.size
            sha256 = segment.sha256
        }

        /// Nil if a member has a value that no backup writes.
        var segment: BackupSegment? {
            guard let time = Timestamp(parsing: lastTime), first > 0, last >= first - 1,
                last < UInt64.max, sha256.utf8.count == 64,
                sha256.utf8.allSatisfy({ Self.isHexDigit($0) }), size <= 1 << 40
            else { return nil }
            return BackupSegment(
                first: RecordNumber(rawValue: first), last: RecordNumber(rawValue: last),
                lastTime: time, generation: generation, chainEnd: chainEnd, size: size,
                sha256: sha256)
        }

        private static func isHexDigit(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
    }

    /// Two lines: the content, and the checksum of that line with its line feed.
    func encoded() -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Line(backup: number, format: Self.format, segments: segments.map(Members.init))
        var bytes: [UInt8]
        do {
            bytes = Array(try encoder.encode(line))
        } catch {
            preconditionFailure("numbers and texts can be encoded: \(error)")
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes + Array("\(bytes.sha256)\n".utf8)
    }

    /// - Parameter object: what the bytes are called in errors.
    init(decoding bytes: [UInt8], object: String) throws(BackupError) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count == 3, lines[2].isEmpty else {
            throw .damaged(object: object, reason: "it is not two lines")
        }
        guard Array(bytes[...lines[0].endIndex]).sha256.utf8.elementsEqual(lines[1]) else {
            throw .damaged(object: object, reason: "its checksum does not fit")
        }
        let line: Line
        do {
            line = try JSONDecoder().decode(Line.self, from: Data(lines[0]))
        } catch {
            throw .damaged(object: object, reason: "it is no manifest")
        }
        guard line.format <= Self.format else { throw .newerFormat(object: object, line.format) }
        let segments = line.segments.compactMap(\.segment)
        guard segments.count == line.segments.count, !segments.isEmpty,
            zip(segments, segments.dropFirst()).allSatisfy({ $0.range.upperBound < $1.first })
        else { throw .damaged(object: object, reason: "its segments do not follow each other") }
        number = line.backup
        self.segments = segments
    }
}

extension [UInt8] {
    /// The SHA-256 of the bytes, in hex.
    var sha256: String { SHA256.hash(data: self).hex }
}

extension SHA256.Digest {
    /// Two digits a byte.
    var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
