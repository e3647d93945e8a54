import Journal

/// Names one wait for the catalog.
final class CatalogWaiter: Sendable {
    var id: ObjectIdentifier { ObjectIdentifier(self) }
}

/// Those who wait for the catalog to reach a record; each is answered exactly once.
struct CatalogWaiters {
    private struct Waiting {
        let waiter: CatalogWaiter
        let record: RecordNumber
        let caller: CheckedContinuation<ReadError?, Never>
    }

    private var waiting: [ObjectIdentifier: Waiting] = [:]

    var isEmpty: Bool { waiting.isEmpty }

    mutating func add(
        _ waiter: CatalogWaiter, until record: RecordNumber,
        _ caller: CheckedContinuation<ReadError?, Never>
    ) {
        waiting[waiter.id] = Waiting(waiter: waiter, record: record, caller: caller)
    }

    mutating func succeed(through record: RecordNumber) {
        for (id, entry) in waiting where entry.record <= record {
            waiting[id] = nil
            entry.caller.resume(returning: nil)
        }
    }

    mutating func fail(_ waiter: CatalogWaiter, with failure: ReadError) {
        guard let entry = waiting.removeValue(forKey: waiter.id) else { return }
        entry.caller.resume(returning: failure)
    }

    mutating func failAll(with failure: ReadError) {
        for entry in waiting.values { entry.caller.resume(returning: failure) }
        waiting = [:]
    }
}
