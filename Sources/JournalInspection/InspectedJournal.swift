import Coordinator
import Journal
import Platform

/// A journal that is looked at and never written, also while a server writes it.
package struct InspectedJournal: Sendable {
    package let directory: JournalDirectory
    package let reader: JournalReader

    /// - Parameter data: a data directory, or the journal's directory itself.
    /// - Throws: if there is no journal.
    package init(data: String, files: any FileSystem = SystemFileSystem()) throws(JournalError) {
        let machine = CoordinatorMachine()
        let inside = JournalDirectory(path: "\(data)/journal", files: files)
        do throws(FileError) {
            directory =
                try files.status(inside.path) != nil
                ? inside : JournalDirectory(path: data, files: files)
        } catch {
            throw .file(error)
        }
        reader = JournalReader(directory) { machine.run(of: $0) }
        guard try !directory.segments().isEmpty else {
            throw .file(FileError("find a journal in", data, code: 2))
        }
    }

    /// Whether a server writes it now; then what no stamp covers is in flight, not damaged.
    package func isLive() throws(JournalError) -> Bool { try directory.isLocked() }
}
