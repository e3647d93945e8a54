/// What may be asked of the Coordinator, by a client's call or by a deadline.
package enum CoordinatorMutation: Sendable {
    case registerPrefix(RegisterPrefix)
    case registerStream(RegisterStream)
    case deliver(DeliverEntries)
    case terminateStream(TerminateStream)
    case dispatchArchival(DispatchArchival)
    case changeConfiguration(ChangeConfiguration)
    case leaseArchiveTasks(LeaseArchiveTasks)
    case releaseArchival(ReleaseArchival)
    case failArchival(FailArchival)
    case rescheduleArchiveTask(RescheduleArchiveTask)
    case deleteArchiveTasks(DeleteArchiveTasks)
    case archiveStream(ArchiveStream)
    case abandonStream(AbandonStream)
    case deletePrefix(DeletePrefix)
    case removeStreams(RemoveStreams)
    case purgeStream(PurgeStream)
    case setStorageAccount(SetStorageAccount)
}

/// What is answered.
package enum CoordinatorReply: Hashable, Sendable {
    case prefix(PrefixState)
    case stream(StreamState)
    case delivered(DeliveryOutcome)
    case leased([LeasedTask])
    case nothing
}
