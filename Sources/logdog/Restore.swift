import ArgumentParser
import Foundation
import Journal
import JournalRepair
import Platform

/// Makes a data directory from a backup.
struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a data directory from a backup, as it was at a record or a time.")

    @Option(
        help: """
            The backup, a directory or s3://bucket/base, or a data directory that no server uses.
            """)
    var from: String

    @Option(help: "The new data directory; it must hold no journal.")
    var data: String

    @Option(help: "The last record; the end of the commit before it, if it lies within one.")
    var toRecord: UInt64?

    @Option(help: "The last moment, such as 2026-11-24T10:00:00Z.")
    var toTime: String?

    @Flag(help: "One JSON object a line.")
    var json = false

    func validate() throws {
        if toTime != nil, time == nil {
            throw ValidationError("--to-time wants a time such as 2026-11-24T10:00:00Z")
        }
    }

    private var time: Timestamp? {
        let formatter = ISO8601DateFormatter()
        for options in [[], .withFractionalSeconds] as [ISO8601DateFormatter.Options] {
            formatter.formatOptions = [.withInternetDateTime, options]
            if let date = toTime.flatMap(formatter.date(from:)) {
                let microseconds = (date.timeIntervalSince1970 * 1_000_000).rounded()
                return Int64(exactly: microseconds).map(Timestamp.init(microseconds:))
            }
        }
        return nil
    }

    func run() async throws {
        let end = JournalCopy.End(
            record: toRecord.map(RecordNumber.init(rawValue:)) ?? .last,
            time: time ?? .distantFuture)
        let outcome = from.hasPrefix("s3://") ? try fromObjects(end) : try fromDirectory(end)
        outcome.print("restore", json: json)
    }

    private func fromDirectory(_ end: JournalCopy.End) throws -> JournalCopy.Outcome {
        do throws(JournalError) {
            return try JournalRestore(from: from, to: data, files: SystemFileSystem())
                .run(to: end) { Progress.show("record \($0.lastRecord)") }
        } catch {
            throw CommandFailure(error)
        }
    }

    private func fromObjects(_ end: JournalCopy.End) throws -> JournalCopy.Outcome {
        let store = try BackupBucket.open(from)
        do throws(BackupError) {
            return try ObjectRestore(from: store, to: data, files: SystemFileSystem())
                .run(to: end) { Progress.show("record \($0.lastRecord)") }
        } catch {
            throw CommandFailure(error)
        }
    }
}
