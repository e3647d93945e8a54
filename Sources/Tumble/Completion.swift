import Journal
import Platform

/// The end of a commit's road: disk, readers, callers. One commit at a time in each of its steps,
/// in order.
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

    /// What became of a commit on its way to the disk.
    enum Written: Sendable {
        /// Nothing had to be written: what it was refused for is durable.
        case nothing(PendingCommit<M>)
        case durable(PendingCommit<M>, DurableCommit<M>)
        case failed(PendingCommit<M>, SubmitFailure<M.Rejection>)
    }

    /// Makes a commit durable.
    func write(_ commit: PendingCommit<M>) -> Written {
        guard !hasFailed else { return .failed(commit, .failed) }
        guard let sealed = commit.sealed, var durable = commit.durable else {
            return .nothing(commit)
        }
        let before = RecordNumber(rawValue: sealed.first.rawValue - 1)
        var written = Written.failed(commit, .unknown)
        sink.append(sealed, after: before, epoch: 0) { outcome in
            switch outcome {
            case .durable(let runs):
                durable.runs = runs
                written = .durable(commit, durable)
            case .takenOver:
                fail(.writerStopped)
                written = .failed(commit, .stopped)
            case .unknown(let error):
                if DeliberateFault.acknowledgeFailures.isOn { written = .durable(commit, durable) }
                fail(error)
            }
        }
        return written
    }

    /// Shows a commit to readers, then tells the callers.
    func tell(_ written: Written) {
        switch written {
        case .nothing(let commit):
            for submission in commit.submissions { submission.reply() }
        case .durable(let commit, let durable): succeed(commit, durable)
        case .failed(let commit, let failure):
            for submission in commit.submissions { submission.failAll(failure) }
        }
    }

    /// Stops the writer for good.
    func fail(_ error: JournalError) {
        shared.withLock { $0.status.failure = $0.status.failure ?? "\(error)" }
    }

    private func succeed(_ commit: PendingCommit<M>, _ durable: DurableCommit<M>) {
        shared.withLock { $0.status.durable = durable.last }
        publish(durable)
        shared.withLock { shared in
            shared.status.published = durable.last
            shared.status.checkInvariants()
        }
        for submission in commit.submissions { submission.reply() }
        effects?.start(commit.effects)
    }
}
