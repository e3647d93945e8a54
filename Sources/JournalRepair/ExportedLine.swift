import Foundation
import Journal
import JournalInspection
import Platform

/// A line of an export, decoded and checked.
enum ExportedLine {
    case beginning
    case record(ExportedRecord)
    /// Records that could not be read where the export was made.
    case lost(ClosedRange<UInt64>)
    /// `checksum` is the CRC-32 of all lines before this one.
    case end(last: UInt64, records: Int, checksum: UInt32)

    /// Takes one line without its line feed.
    init(_ line: Data) throws(ExportedLineError) {
        let members: Members
        do {
            members = try JSONDecoder().decode(Members.self, from: line)
        } catch {
            throw .illFormed
        }
        self = try Self.line(members)
    }

    private static func line(_ members: Members) throws(ExportedLineError) -> ExportedLine {
        if let name = members.export {
            guard name == JournalExport.formatName, let format = members.format else {
                throw .notAnExport
            }
            guard format <= JournalExport.formatVersion else { throw .newer(format) }
            return .beginning
        }
        if let last = members.end, let records = members.records, let sum = members.crc32 {
            return .end(last: last, records: records, checksum: sum)
        }
        if let bounds = members.lost { return .lost(try range(bounds)) }
        return .record(try ExportedRecord(members))
    }

    private static func range(
        _ bounds: [UInt64]
    ) throws(ExportedLineError) -> ClosedRange<UInt64> {
        guard bounds.count == 2, bounds[0] <= bounds[1] else { throw .badRange }
        return bounds[0]...bounds[1]
    }

    /// All members that a line may have.
    struct Members: Decodable {
        var export: String?
        var format: UInt64?
        var record: UInt64?
        var time: String?
        var kind: UInt8?
        var version: UInt8?
        var kept: Bool?
        var payload: Data?
        var endsCommit: Bool?
        var lost: [UInt64]?
        var end: UInt64?
        var records: Int?
        var crc32: UInt32?
    }
}

/// A record as an export has it.
struct ExportedRecord {
    let number: RecordNumber
    let time: Timestamp
    let kind: RecordKind
    let version: UInt8
    let form: RecordForm
    let payload: [UInt8]
    let endsCommit: Bool

    init(_ members: ExportedLine.Members) throws(ExportedLineError) {
        guard
            let number = members.record, let kind = members.kind,
            let version = members.version, let payload = members.payload,
            let kept = members.kept, let endsCommit = members.endsCommit
        else { throw .missingMember }
        guard let time = members.time.flatMap({ Timestamp(parsing: $0) }) else { throw .badTime }
        self.number = RecordNumber(rawValue: number)
        self.time = time
        self.kind = RecordKind(rawValue: kind)
        self.version = version
        form = kept ? .kept : .plain
        self.payload = Array(payload)
        self.endsCommit = endsCommit
    }
}

/// What is wrong with a line of an export.
package enum ExportedLineError: String, Error, Hashable, Sendable {
    case illFormed = "it is not a JSON object with the members of an export"
    case notAnExport = "it does not begin an export of a journal"
    case missingMember = "a record has record, time, kind, version, kept, payload and endsCommit"
    case badTime = "a time is RFC 3339 in UTC"
    case badRange = "a range is two record numbers, the lower first"
    case newerFormat = "it was written in a newer form"

    static func newer(_ format: UInt64) -> ExportedLineError { .newerFormat }
}
