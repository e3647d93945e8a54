import Coordinator
import Platform
import Tumble

/// What the processor tells of each durable commit: first the hot model, then the catalog.
package final class ReadModelFeed: CommitObserver {
    private let hot: HotModel
    private let follower: CatalogFollower
    private let isLive = Lock(false)

    init(hot: HotModel, follower: CatalogFollower) {
        self.hot = hot
        self.follower = follower
    }

    /// From now on commits are new, and their entries stay in memory for a while.
    func goLive() { isLive.withLock { $0 = true } }

    package func publish(_ commit: DurableCommit<CoordinatorMachine>) {
        let isLive = isLive.withLock { $0 }
        follower.add(hot.publish(commit, isLive: isLive))
        // A replay is much faster than the catalog; what waits for it is in memory.
        if !isLive, follower.status.isSlowing { follower.flush() }
    }
}
