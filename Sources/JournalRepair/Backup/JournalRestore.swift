import Coordinator
import Journal
import Platform

/// A data directory made from a backup, or from another data directory, as it was at an earlier
/// record.
///
/// All or nothing: the journal is written under another name and renamed once it is whole.
package struct JournalRestore: Sendable {
    private let source: JournalDirectory
    private let data: String
    private let files: any FileSystem

    /// - Parameters:
    ///   - backup: what to restore from; nobody may write it meanwhile.
    ///   - data: the new data directory; it must hold no journal.
    package init(from backup: String, to data: String, files: any FileSystem) {
        self.init(
            from: JournalDirectory(path: "\(backup)/journal", files: files), to: data,
            files: files)
    }

    /// - Parameter source: its segments alone.
    init(from source: JournalDirectory, to data: String, files: any FileSystem) {
        self.source = source
        self.data = data
        self.files = files
    }

    /// Restores everything up to `end`, down to the end of a commit.
    ///
    /// - Throws: `notEmpty` if the directory has a journal.
    package func run(
        to end: JournalCopy.End, progress: (JournalCopy.Outcome) -> Void = { _ in }
    ) throws(JournalError) -> JournalCopy.Outcome {
        guard try !source.segments().isEmpty else {
            throw .file(FileError("find a journal in", source.path, code: 2))
        }
        try prepare()
        return try run(to: end, linking: false, progress: progress)
    }

    private var final: String { "\(data)/journal" }
    private var temporary: String { "\(data)/journal.restore" }

    /// Makes the data directory, and refuses one that has a journal.
    func prepare() throws(JournalError) {
        try JournalBackup.prepare(data, files)
        let isThere: Bool
        do throws(FileError) {
            isThere = try files.status(final) != nil
        } catch {
            throw .file(error)
        }
        guard !isThere else { throw .notEmpty(final) }
    }

    /// - Parameter linking: whether the source may be given up afterwards.
    func run(
        to end: JournalCopy.End, linking: Bool, progress: (JournalCopy.Outcome) -> Void
    ) throws(JournalError) -> JournalCopy.Outcome {
        let machine = CoordinatorMachine()
        try Self.clear(temporary, files)
        try JournalBackup.prepare(temporary, files)
        let target = JournalDirectory(path: temporary, files: files)
        let outcome = try JournalCopy(from: source, to: target) { machine.run(of: $0) }
            .restore(to: end, linking: linking, progress: progress)
        do throws(FileError) {
            try files.rename(temporary, to: final)
            try files.syncDirectory(data)
        } catch {
            throw .file(error)
        }
        return outcome
    }

    /// Removes what a restore that did not come to its end left.
    static func clear(_ path: String, _ files: any FileSystem) throws(JournalError) {
        do throws(FileError) {
            guard try files.status(path) != nil else { return }
            for name in try files.list(path) { try files.remove("\(path)/\(name)") }
            try files.remove(path)
        } catch {
            throw .file(error)
        }
    }
}
