/// The bounds of a processor's threads.
public struct RunnerOptions: Hashable, Sendable {
    /// Mutations that wait for the writer before further ones are refused as busy.
    public var queueLimit = 65_536
    /// Framed bytes after which a commit is closed although more is waiting: what a second thread
    /// can sync while the next is deflated.
    public var commitTarget = 1 << 20
    /// Bytes on disk from which a commit is handed to the second thread when more is waiting;
    /// smaller ones are faster done in place.
    public var handOverFrom = 96 << 10
    /// Idleness after which a mark says on disk that all before is durable.
    public var markAfter = Duration.milliseconds(50)
    /// Deadlines fired in one commit, between the mutations of clients.
    public var deadlinesPerCommit = 1000
    /// How often a full disk is tried again.
    public var spaceRetry = Duration.seconds(1)

    public init() {}
}
