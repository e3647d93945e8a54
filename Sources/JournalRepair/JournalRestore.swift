import Coordinator
import Journal
import Platform

/// A data directory made from a backup, or from another data directory, as it was at an earlier
/// record.
///
/// All or nothing: the journal is written under another name and renamed once it is whole.
package struct JournalRestore: Sendable {
    private let backup: String
    private let data: String
    private let files: any FileSystem

    /// - Parameters:
    ///   - backup: what to restore from; nobody may write it meanwhile.
    ///   - data: the new data directory; it must hold no journal.
    package init(from backup: String, to data: String, files: any FileSystem) {
        self.backup = backup
        self.data = data
        self.files = files
    }

    /// Restores everything up to `end`, down to the end of a commit.
    ///
    /// - Throws: `notEmpty` if the directory has a journal.
    package func run(
        to end: JournalCopy.End, progress: (JournalCopy.Outcome) -> Void = { _ in }
    ) throws(JournalError) -> JournalCopy.Outcome {
        let machine = CoordinatorMachine()
        let source = JournalDirectory(path: "\(backup)/journal", files: files)
        guard try !source.segments().isEmpty else {
            throw .file(FileError("find a journal in", backup, code: 2))
        }
        let final = "\(data)/journal"
        let temporary = JournalDirectory(path: "\(data)/journal.restore", files: files)
        try JournalBackup.prepare(data, files)
        let isThere: Bool
        do throws(FileError) {
            isThere = try files.status(final) != nil
            try clear(temporary.path)
        } catch {
            throw .file(error)
        }
        guard !isThere else { throw .notEmpty(final) }
        try JournalBackup.prepare(temporary.path, files)
        let outcome = try JournalCopy(from: source, to: temporary) { machine.run(of: $0) }
            .restore(to: end, progress: progress)
        do throws(FileError) {
            try files.rename(temporary.path, to: final)
            try files.syncDirectory(data)
        } catch {
            throw .file(error)
        }
        return outcome
    }

    /// Removes what a restore that did not come to its end left.
    private func clear(_ path: String) throws(FileError) {
        guard try files.status(path) != nil else { return }
        for name in try files.list(path) { try files.remove("\(path)/\(name)") }
        try files.remove(path)
    }
}
