import Journal
import Platform
import StreamArchive

/// Why a backup in a store of objects was not taken, or nothing was restored from it.
package enum BackupError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The journal that is backed up, or the disk that is restored to.
    case journal(JournalError)
    /// The store.
    case store(ObjectError)
    /// An object is not what a backup put there.
    case damaged(object: String, reason: String)
    /// The manifest was written in a newer form.
    case newerFormat(object: String, UInt64)
    /// What the place holds is no earlier state of this journal.
    case anotherJournal(place: String, reason: String)
    /// Another backup to the same place was finished meanwhile: this one counts for nothing.
    case overtaken(place: String)
    /// The place holds no backup.
    case empty(place: String)

    package var description: String {
        switch self {
        case .journal(let error): "\(error)"
        case .store(let error): "\(error)"
        case .damaged(let object, let reason): "\(object) is damaged: \(reason)"
        case .newerFormat(let object, let version):
            "\(object) has format \(version); this build reads up to \(BackupManifest.format)"
        case .anotherJournal(let place, let reason):
            "\(place) holds backups of another journal, or of one that went on otherwise: "
                + "\(reason); take another place"
        case .overtaken(let place):
            "another backup to \(place) was finished meanwhile; take them one after the other"
        case .empty(let place): "\(place) holds no backup"
        }
    }

    static func onStore<Result>(
        _ body: () throws(ObjectError) -> Result
    ) throws(BackupError) -> Result {
        do throws(ObjectError) { return try body() } catch { throw .store(error) }
    }

    static func onJournal<Result>(
        _ body: () throws(JournalError) -> Result
    ) throws(BackupError) -> Result {
        do throws(JournalError) { return try body() } catch { throw .journal(error) }
    }

    static func onDisk<Result>(
        _ body: () throws(FileError) -> Result
    ) throws(BackupError) -> Result {
        do throws(FileError) { return try body() } catch { throw .journal(.file(error)) }
    }
}
