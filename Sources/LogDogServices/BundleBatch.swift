import Coordinator

/// Messages of Butlers that are submitted to the processor together, and what they ask of it.
package struct BundleBatch: Sendable {
    /// Mutations that are enough for one submission; the message that exceeds it comes on top.
    private static let enough = 4096

    var mutations: [CoordinatorMutation] = []
    private(set) var messages: [CheckedMessage] = []

    package init() {}

    package var isEmpty: Bool { messages.isEmpty }

    /// Whether further messages should wait for the next one.
    package var isFull: Bool { mutations.count >= Self.enough }

    /// The message whose mutations were appended last.
    mutating func add(_ message: CheckedMessage) { messages.append(message) }

    /// What the mutations from `first` on deliver.
    func deliveries(from first: Int) -> [DeliverEntries] {
        mutations[first...].compactMap { mutation in
            if case .deliver(let delivery) = mutation { delivery } else { nil }
        }
    }
}
