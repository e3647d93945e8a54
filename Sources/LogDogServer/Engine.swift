import Archivist
import Coordinator
import Journal
import Platform
import ReadModels
import StreamArchive
import Tumble

#if canImport(Glibc)
    import Glibc
#endif

/// The journal of a data directory with everything that stands on it.
struct Engine: Sendable {
    let store: CoordinatorStore
    let report: RecoveryReport
    /// Where archives are; new ones go to the first.
    let archives: [any ObjectStore]

    /// Opens the directory, creating it if it is not there, and replays what has to be.
    static func open(_ options: ServerOptions) throws(StartFailure) -> Engine {
        try prepare(options.data)
        let archives = try openArchives(options)
        let machine = CoordinatorMachine()
        let journal: RecoveredJournal
        do throws(JournalError) {
            journal = try JournalRecovery.open(
                JournalDirectory(
                    path: DataDirectory.journal(in: options.data), files: options.files),
                policy: options.sync, clock: options.clock, runOf: { machine.run(of: $0) },
                holder: "process \(getpid())")
        } catch {
            throw failure(error, options.data)
        }
        var storeOptions = StoreOptions()
        storeOptions.archives = archives
        do throws(StoreError) {
            let store = try CoordinatorStore.open(
                options.data, journal: journal, machine: machine, clock: options.clock,
                options: storeOptions)
            return Engine(store: store, report: journal.report, archives: archives)
        } catch {
            switch error {
            case .journal(let error), .replay(.journal(let error)):
                throw failure(error, options.data)
            case .catalog(let error): throw .inputOutput("the catalog: \(error)")
            case .replay(let error): throw .unreadable("the journal does not replay: \(error)")
            }
        }
    }

    private static func openArchives(
        _ options: ServerOptions
    ) throws(StartFailure) -> [any ObjectStore] {
        var stores: [any ObjectStore] = []
        for place in options.archives {
            do throws(ArchivePlaceProblem) {
                stores.append(
                    try ArchivePlace.open(
                        place, clock: options.clock, randomness: options.randomness))
            } catch {
                throw .inputOutput("\(error)")
            }
        }
        return stores
    }

    private static func prepare(_ path: String) throws(StartFailure) {
        let files = SystemFileSystem()
        do throws(FileError) {
            if let status = try files.status(path) {
                guard status.isDirectory else {
                    throw FileError("use as a directory", path, code: ENOTDIR)
                }
            } else {
                try files.createDirectory(path)
            }
        } catch {
            throw .inputOutput("\(error)")
        }
    }

    private static func failure(_ error: JournalError, _ data: String) -> StartFailure {
        switch error {
        case .locked(let holder): .locked(directory: data, holder: holder)
        case .unsupportedVersion: .newerFormat("\(error)")
        case .damaged: .unreadable("\(error)")
        default: .inputOutput("\(error)")
        }
    }
}

/// What lies where in a data directory.
package enum DataDirectory {
    /// The journal's directory.
    package static func journal(in data: String) -> String { "\(data)/journal" }
}
