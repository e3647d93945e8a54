import Foundation

/// The bounds of a processor's threads.
public struct RunnerOptions: Hashable, Sendable {
    /// Mutations that wait for the writer before further ones are refused as busy.
    public var queueLimit = 65_536
    /// Framed bytes after which a commit is closed although more is waiting: what the disk's thread
    /// can sync while the next is deflated.
    public var commitTarget = 1 << 20
    /// A commit of so many mutations, or of so many framed bytes, goes to the disk's thread although
    /// that is busy; smaller ones are done in place when nothing waits. The blocks of a commit that
    /// stays open are deflated meanwhile, so a few of them lose no time and share one sync.
    public var mutationsWorthCommit = 16
    public var bytesWorthCommit = 192 << 10
    /// Threads that deflate blocks beside the writer's: on two cores both are used, and threads with
    /// less to do come in between.
    public var deflatingThreads = min(4, max(1, ProcessInfo.processInfo.activeProcessorCount))
    /// While a commit waits for the disk, so many further mutations are worth waking the writer.
    public var mutationsWorthWaking = 4
    /// Idleness after which a mark says on disk that all before is durable.
    public var markAfter = Duration.milliseconds(50)
    /// Deadlines fired in one commit, between the mutations of clients.
    public var deadlinesPerCommit = 1000
    /// How often a full disk is tried again.
    public var spaceRetry = Duration.seconds(1)

    public init() {}
}
