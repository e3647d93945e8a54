import Coordinator
import Journal
import Platform

/// A backup of a data directory, also while a server uses it: all of its journal that is durable.
///
/// The catalog is not in it, since a start rebuilds it, nor are archives, which lie in their own
/// store. Holds prefix secrets like the journal itself: directory 0700, files 0600.
package struct JournalBackup: Sendable {
    private let data: String
    private let target: String
    private let files: any FileSystem

    /// - Parameters:
    ///   - data: the data directory.
    ///   - target: the directory of the backup; created if it is not there, its parent must be.
    package init(of data: String, to target: String, files: any FileSystem) {
        self.data = data
        self.target = target
        self.files = files
    }

    /// Adds what the backup lacks. What it has stays as it is, also if the segment was rewritten
    /// since, so that earlier records can still be restored to with their entries. Where a segment
    /// was rewritten with newer ones, the backup as it was is kept below `journal/earlier`.
    ///
    /// - Parameter linking: whether sealed segments may be hard links: no copy, and no protection
    ///   from a failing disk, since both directories share the file.
    package func run(
        linking: Bool, progress: (JournalCopy.Outcome) -> Void = { _ in }
    ) throws(JournalError) -> JournalCopy.Outcome {
        let machine = CoordinatorMachine()
        let source = JournalDirectory(path: "\(data)/journal", files: files)
        let journal = JournalDirectory(path: "\(target)/journal", files: files)
        guard try !source.segments().isEmpty else {
            throw .file(FileError("find a journal in", data, code: 2))
        }
        for path in [target, journal.path] { try Self.prepare(path, files) }
        return try JournalCopy(from: source, to: journal) { machine.run(of: $0) }
            .backUp(linking: linking, progress: progress)
    }

    /// Creates a directory durably if it is not there.
    static func prepare(_ path: String, _ files: any FileSystem) throws(JournalError) {
        do throws(FileError) {
            guard try files.status(path) == nil else { return }
            try files.createDirectory(path)
            let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            try files.syncDirectory(parent.isEmpty ? "/" : parent)
        } catch {
            throw .file(error)
        }
    }
}
