import Coordinator
import Platform
import StreamArchive
import Tumble

/// Removes the objects of streams that are no more: what the rules ask to be done outside.
///
/// Only objects whose names say that they are that very stream's: what somebody brought along, or
/// reported by another name, is left where it is.
final class ArchiveRemover: EffectHandler {
    typealias M = CoordinatorMachine

    private struct State {
        /// What is being removed; the rules ask again before they are told that it is done.
        var removals: Set<MutationName> = []
        var status = ArchiveRemovalStatus()
    }

    private let shelf: ArchiveShelf
    private let threads: ReaderThreads
    private let state = Lock(State())

    init(_ shelf: ArchiveShelf, _ threads: ReaderThreads) {
        self.shelf = shelf
        self.threads = threads
    }

    var status: ArchiveRemovalStatus { state.withLock { $0.status } }

    /// - Throws: what a store said; it is tried again.
    func perform(_ effect: CoordinatorEffect) async throws -> CoordinatorMutation? {
        guard case .removeArchives(let removal) = effect else { return nil }
        guard state.withLock({ $0.removals.insert(removal.name).inserted }) else { return nil }
        defer { state.withLock { _ = $0.removals.remove(removal.name) } }
        try await threads.run { [self] () throws(ReadError) in
            for archive in removal.archives { try remove(archive) }
        }
        return .archivesRemoved(ArchivesRemoved(removal))
    }

    private func remove(_ archive: DoomedArchive) throws(ReadError) {
        for url in archive.urls {
            guard let object = shelf.object(at: url),
                ArchiveNames.isOf(
                    archive.path, in: archive.project,
                    identity: "\(archive.stream.record)", object.name)
            else {
                state.withLock { $0.status.leftAlone += 1 }
                continue
            }
            do throws(ObjectError) {
                try object.store.remove(object.name)
            } catch {
                throw .archiveUnavailable(reason: "\(error)")
            }
            state.withLock { $0.status.removed += 1 }
        }
    }
}

/// What was removed of archives since the program began.
package struct ArchiveRemovalStatus: Hashable, Sendable {
    /// Objects.
    package var removed = 0
    /// Objects that are in no store of this server, or have a name that is not ours.
    package var leftAlone = 0
}
