import Journal
import Platform

/// The end of a commit's road: disk, readers, callers. Runs on one thread at a time.
final class Completion<M: Machine>: Sendable {
    private let sink: SegmentSink
    private let shared: Lock<WriterThread<M>.Shared>
    private let publish: @Sendable (DurableCommit<M>) -> Void
    private let effects: EffectRunner<M>?

    init(
        sink: SegmentSink, shared: Lock<WriterThread<M>.Shared>,
        publish: @escaping @Sendable (DurableCommit<M>) -> Void, effects: EffectRunner<M>?
    ) {
        self.sink = sink
        self.shared = shared
        self.publish = publish
        self.effects = effects
    }

    var hasFailed: Bool { shared.withLock { $0.status.failure != nil } }

    /// Makes a commit durable, shows it, and tells the callers.
    func complete(_ commit: PendingCommit<M>) {
        guard !hasFailed else { return tell(commit, .stopped) }
        guard let sealed = commit.sealed, let durable = commit.durable else {
            for submission in commit.submissions { submission.reply() }
            return
        }
        let before = RecordNumber(rawValue: sealed.first.rawValue - 1)
        sink.append(sealed, after: before, epoch: 0) { outcome in
            switch outcome {
            case .durable(let runs): succeed(commit, durable, runs)
            case .takenOver:
                fail(.writerStopped)
                tell(commit, .stopped)
            case .unknown(let error):
                fail(error)
                tell(commit, .unknown)
            }
        }
    }

    /// Stops the writer for good.
    func fail(_ error: JournalError) {
        shared.withLock { $0.status.failure = $0.status.failure ?? "\(error)" }
    }

    private func succeed(
        _ commit: PendingCommit<M>, _ durable: DurableCommit<M>, _ runs: [RunLocation]
    ) {
        var durable = durable
        durable.runs = runs
        shared.withLock { $0.status.durable = durable.last }
        publish(durable)
        shared.withLock { shared in
            shared.status.published = durable.last
            shared.status.checkInvariants()
        }
        for submission in commit.submissions { submission.reply() }
        effects?.start(commit.effects)
    }

    private func tell(_ commit: PendingCommit<M>, _ failure: SubmitFailure<M.Rejection>) {
        for submission in commit.submissions { submission.failAll(failure) }
    }
}
