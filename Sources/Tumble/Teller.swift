import Collections
import Foundation
import Platform

/// Tells of commits, one at a time and in order, on whichever thread is free.
///
/// The writer tells between two commits: to wake a third thread for every small commit takes longer
/// than to tell of it. While the writer is at a large one, a thread of this type tells.
final class Teller<Item: Sendable>: Sendable {
    /// Most items that wait, so that the disk does not run away from those who listen.
    private static var capacity: Int { 2 }

    private struct State {
        var waiting: Deque<Item> = []
        var isTelling = false
        /// Nobody but the thread is going to tell what waits.
        var needsThread = false
        /// Somebody waits for room or for the end, besides the thread.
        var isAwaited = false
        var isStopping = false
    }

    private let state = Monitor(State())
    private let tell: @Sendable (Item) -> Void

    init(tell: @escaping @Sendable (Item) -> Void) {
        self.tell = tell
    }

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "journal-tell"
        thread.start()
    }

    func stop() { state.update { $0.isStopping = true } }

    /// Leaves an item, once there is room for it. Who adds then calls `callThread`, or knows that
    /// the writer comes by.
    func add(_ item: Item) {
        state.wait { state -> Void? in
            guard state.waiting.count < Self.capacity else {
                state.isAwaited = true
                return nil
            }
            state.waiting.append(item)
            return ()
        }
    }

    /// Has the thread tell what waits.
    func callThread() {
        state.updateAndWake { state in
            state.needsThread = !state.waiting.isEmpty
            return state.needsThread && !state.isTelling
        }
    }

    /// Tells what waits here and now, unless somebody is at it.
    func tellWaiting() {
        let mayTell = state.look { state in
            guard !state.isTelling, !state.waiting.isEmpty else { return false }
            state.isTelling = true
            return true
        }
        if mayTell { tellAll() }
    }

    /// Returns when everything that was added has been told.
    func drain() {
        tellWaiting()
        state.wait { state -> Void? in
            guard state.isTelling || !state.waiting.isEmpty else { return () }
            state.isAwaited = true
            return nil
        }
    }

    private func run() {
        while waitForCall() { tellAll() }
    }

    /// Waits until there is something to tell for the thread; false at the end.
    private func waitForCall() -> Bool {
        state.wait { state -> Bool? in
            if state.needsThread, !state.isTelling, !state.waiting.isEmpty {
                state.isTelling = true
                return true
            }
            return state.isStopping ? false : nil
        }
    }

    /// Tells until nothing waits; who calls has set `isTelling`.
    private func tellAll() {
        while let item = next() { tell(item) }
    }

    private func next() -> Item? {
        var item: Item?
        state.updateAndWake { state in
            item = state.waiting.popFirst()
            if item == nil {
                state.isTelling = false
                state.needsThread = false
            }
            // Whoever still has to wait says so again.
            defer { state.isAwaited = false }
            return state.isAwaited
        }
        return item
    }
}
