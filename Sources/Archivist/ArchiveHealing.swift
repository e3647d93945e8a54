import StreamArchive

/// Writes damaged archives anew, under their names, from the entries that are still there.
struct ArchiveHealing {
    let store: any ObjectStore
    let coordinator: LocalCoordinator
    let sparsity: @Sendable (String) -> IndexSparsity
    let isStopping: @Sendable () -> Bool

    /// - Returns: why it could not be done; nil if it was, or if it is not for this store.
    func heal(_ archive: DamagedArchive) -> String? {
        guard let entries = store.name(of: archive.entriesURL),
            let index = store.name(of: archive.indexURL)
        else { return nil }
        let names = ArchiveNames(entries: entries, index: index)
        let writing = ArchiveWriting(
            store: store, coordinator: coordinator, isStopping: isStopping
        ) { _ in
        }
        do {
            let group = try store.beginGroup()
            defer { group.end() }
            let draft = try writing.write(
                archive.assignment, as: names, earlier: [],
                sparsity(archive.assignment.ticket.project), into: group)
            guard draft.content.entryCount == archive.entryCount else {
                return "of \(archive.entryCount) entries \(draft.content.entryCount) are left"
            }
            try store.replace(entries, with: draft.entries)
            try store.replace(index, with: draft.index)
            guard try writing.holds(draft, names) else {
                return "\(archive.entriesURL) reads back differently from what was written"
            }
        } catch {
            return "\(error)"
        }
        coordinator.healed(archive)
        return nil
    }
}
