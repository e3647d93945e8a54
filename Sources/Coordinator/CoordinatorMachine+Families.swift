import LogDogModel
import Tumble

// What mutations and events need of what may be cold.
extension CoordinatorMachine {
    package typealias Subject = FamilySubject

    package func missing(
        for mutation: CoordinatorMutation, in state: CoordinatorState
    ) -> [FamilySubject] {
        guard !state.isWhole else { return [] }
        return Self.subjects(of: mutation, in: state).filter { state.isMissing($0) }
    }

    /// What finds all that `decide` reads. Of a prefix that is in memory all streams are.
    private static func subjects(
        of mutation: CoordinatorMutation, in state: CoordinatorState
    ) -> [FamilySubject] {
        switch mutation {
        case .registerPrefix(let claim):
            [.prefix(PrefixKey(project: claim.project, hash: .ofPrefix(claim.prefix)))]
        case .registerStream(let registration): [prefix(of: registration)]
        case .deliver(let delivery): [prefix(of: delivery.registration)]
        case .terminateStream(let end): [.stream(StreamKey(project: end.project, hash: end.id))]
        case .dispatchArchival(let dispatch): [.streamID(dispatch.stream)]
        case .abandonStream(let abandonment): [.streamID(abandonment.stream)]
        case .rescheduleArchiveTask(let task): [.stream(task.stream)]
        case .archiveStream(let report): [FamilySubject(report.target)]
        case .purgeStream(let purge): [FamilySubject(purge.target)]
        case .deletePrefix(let deletion): [.prefixID(deletion.prefix)]
        case .removeStreams(let removal): [.prefixID(removal.prefix)]
        case .expireStreams(let expiry): [.prefixID(expiry.prefix)]
        case .holdPrefix(let hold): [.prefixID(hold.prefix)]
        // Streams that have tasks are in memory.
        case .leaseArchiveTasks, .releaseArchival, .failArchival, .deleteArchiveTasks: []
        case .removeArchives, .archivesRemoved: []
        case .changeConfiguration, .setStorageAccount, .pauseRetention: []
        }
    }

    private static func prefix(of registration: RegisterStream) -> FamilySubject {
        .prefix(
            PrefixKey(
                project: registration.project, hash: registration.descriptor.prefixHash))
    }

    package func missing(
        for event: CoordinatorEvent, in state: CoordinatorState
    ) -> [FamilySubject] {
        guard !state.isWhole else { return [] }
        return Self.subjects(of: event).filter { state.isMissing($0) }
    }

    private static func subjects(of event: CoordinatorEvent) -> [FamilySubject] {
        switch event {
        case .streamRegistered(let stream): [.prefixID(stream.prefix)]
        case .streamTerminated(let id, _, _), .archivalTasked(let id, _, _),
            .archivalPublished(let id, _, _, _, _), .streamArchived(let id, _, _),
            .streamPurged(let id, _, _):
            [.streamID(id)]
        case .prefixDeleted(let id, _), .streamsRemoved(let id, _, _): [.prefixID(id)]
        case .prefixHeld(let id, _, _): [.prefixID(id)]
        // What is open is in memory, and so is what has tasks.
        case .entriesAppended, .entriesKept: []
        case .archivalLeased, .archivalReleased, .archivalFailed, .archivalDeleted: []
        case .prefixRegistered, .configurationChanged, .storageAccountSet: []
        case .retentionPaused: []
        }
    }

    package func admit(_ family: Family, to state: inout CoordinatorState) {
        state.admit(family)
    }

    package func evict(from state: inout CoordinatorState, _ sweep: Sweep) -> SweepOutcome {
        state.evict(sweep).outcome
    }
}
