import ByteCoding
import Foundation
import Journal
import JournalInspection
import Platform

/// Makes a journal from the lines of an export: the same records with the same numbers, times and
/// commits. Blocks and segments come out as this build makes them.
///
/// All or nothing: it is written under another name and renamed once it is whole and durable.
package struct JournalImport {
    /// The longest record in base64, and the members around it.
    private static let lineLimit = 24 << 20

    /// What was made.
    package struct Summary: Hashable, Sendable {
        package var records = 0
        package var last = RecordNumber.none
        /// Numbers without a record in the export: of index records, or of what rewriting left out.
        package var filled: UInt64 = 0
    }

    private let data: String
    private let files: any FileSystem
    private let clock: any Clock

    /// - Parameter data: the data directory that gets the journal; it must have none.
    package init(into data: String, files: any FileSystem, clock: any Clock) {
        self.data = data
        self.files = files
        self.clock = clock
    }

    private var target: String { "\(data)/journal" }
    private var temporary: String { "\(data)/journal.import" }

    /// - Parameter read: the next piece of the export; empty at its end.
    package func run(_ read: @escaping () throws -> Data) throws -> Summary {
        try ImportError.onDisk { () throws(FileError) in
            if try files.status(data) == nil { try files.createDirectory(data) }
        }
        for path in [target, temporary] {
            let status = try ImportError.onDisk { () throws(FileError) in try files.status(path) }
            guard status == nil else { throw ImportError.targetExists(path) }
        }
        do {
            let summary = try write(LineReader(limit: Self.lineLimit, read))
            try ImportError.onDisk { () throws(FileError) in
                try files.rename(temporary, to: target)
                try files.syncDirectory(data)
            }
            return summary
        } catch {
            removeTemporary()
            throw error
        }
    }

    private func write(_ lines: LineReader) throws -> Summary {
        let journal: RecoveredJournal
        do throws(JournalError) {
            journal = try JournalRecovery.open(
                JournalDirectory(path: temporary, files: files), policy: .never, clock: clock,
                runOf: { _ in nil }, holder: "import")
        } catch {
            throw ImportError.journal(error)
        }
        var writing = ImportedJournal(journal)
        do {
            let summary = try writing.take(lines)
            try writing.close()
            return summary
        } catch {
            writing.abandon()
            throw error
        }
    }

    /// What stands there is nobody's: a failure to remove it hides no other error.
    private func removeTemporary() {
        do throws(FileError) {
            for name in try files.list(temporary) { try files.remove("\(temporary)/\(name)") }
            try files.remove(temporary)
        } catch { return }
    }
}

extension ImportError {
    static func onDisk<Result>(
        _ body: () throws(FileError) -> Result
    ) throws(ImportError) -> Result {
        do throws(FileError) {
            return try body()
        } catch {
            throw .file(error)
        }
    }
}
