/// What may be asked of the Coordinator, by a client's call or by a deadline.
///
/// Long ones that are no deadlines are `indirect`: a mutation changes hands several times on its way
/// to the writer, and a million deadlines may be pending.
package enum CoordinatorMutation: Sendable {
    indirect case registerPrefix(RegisterPrefix)
    indirect case registerStream(RegisterStream)
    indirect case deliver(DeliverEntries)
    indirect case terminateStream(TerminateStream)
    case dispatchArchival(DispatchArchival)
    indirect case changeConfiguration(ChangeConfiguration)
    case leaseArchiveTasks(LeaseArchiveTasks)
    case releaseArchival(ReleaseArchival)
    case failArchival(FailArchival)
    indirect case rescheduleArchiveTask(RescheduleArchiveTask)
    case deleteArchiveTasks(DeleteArchiveTasks)
    indirect case archiveStream(ArchiveStream)
    case abandonStream(AbandonStream)
    case deletePrefix(DeletePrefix)
    case removeStreams(RemoveStreams)
    case purgeStream(PurgeStream)
    case setStorageAccount(SetStorageAccount)
    case expireStreams(ExpireStreams)
    case holdPrefix(HoldPrefix)
    case pauseRetention(PauseRetention)
    case removeArchives(RemoveArchives)
    case archivesRemoved(ArchivesRemoved)
}

/// What is answered.
package enum CoordinatorReply: Hashable, Sendable {
    indirect case prefix(PrefixState)
    indirect case stream(StreamState)
    case delivered(DeliveryOutcome)
    case leased([LeasedTask])
    /// The streams that were let go.
    case expired([StreamID])
    case nothing
}
