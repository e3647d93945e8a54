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
        follower.add(hot.publish(commit, isLive: isLive.withLock { $0 }))
    }
}
