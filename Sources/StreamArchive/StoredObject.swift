/// One object of a store, as reading an archive sees it.
package struct StoredObject: Sendable {
    package let name: ObjectName
    package let store: any ObjectStore

    package init(name: ObjectName, store: any ObjectStore) {
        self.name = name
        self.store = store
    }

    package var url: String { store.url(of: name) }

    /// Fewer bytes only at the end of the object.
    func read(_ range: Range<UInt64>) throws(ArchiveError) -> [UInt8] {
        do throws(ObjectError) {
            return try store.read(range, of: name)
        } catch {
            if case .absent = error { throw .missing(object: url) }
            throw .store(error)
        }
    }
}
