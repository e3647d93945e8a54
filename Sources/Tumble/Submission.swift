import Journal

/// Why a mutation was not done.
public enum SubmitFailure<Rejection: Error & Equatable>: Error, Equatable {
    /// The rules refuse it.
    case rejected(Rejection)
    /// So many mutations wait already, for the writer or for what is not in memory; try again later.
    case busy(limit: Int)
    /// There is no disk space for it; `reason` names the path. It resumes by itself.
    case readOnly(reason: String)
    /// What it decides does not fit a commit.
    case tooLarge(limit: Int)
    /// What it is about is not in memory and could not be read; nothing happened. Try again later.
    case unreadable(reason: String)
    /// The processor is stopping or has stopped, as it was asked to.
    case stopped
    /// The disk fails: nothing is taken while no space can be prepared on it, and nothing any more,
    /// until the journal is opened again, after a write of a commit.
    case failed
    /// It was handed to a disk that failed: whether it happened is not known.
    case unknown
}

/// Mutations that were handed in together, and what has become of them so far.
///
/// Belongs to the writer thread once it has been taken from the queue.
final class Submission<M: Machine>: @unchecked Sendable {
    typealias Outcome = Result<M.Reply, SubmitFailure<M.Rejection>>

    let mutations: [M.Mutation]
    var outcomes: [Outcome] = []
    private let completion: @Sendable ([Outcome]) -> Void

    init(_ mutations: [M.Mutation], completion: @escaping @Sendable ([Outcome]) -> Void) {
        self.mutations = mutations
        self.completion = completion
        outcomes.reserveCapacity(mutations.count)
    }

    var isDecided: Bool { undecided == 0 }

    /// How many of its mutations have no outcome yet.
    var undecided: Int { mutations.count - outcomes.count }

    func reply() {
        precondition(isDecided, "every mutation has an outcome before the caller hears")
        completion(outcomes)
    }

    /// Tells the caller that what has no outcome yet will not happen.
    func fail(_ failure: SubmitFailure<M.Rejection>) {
        while outcomes.count < mutations.count { outcomes.append(.failure(failure)) }
        completion(outcomes)
    }

    /// Tells the caller that nothing is known, whatever was decided.
    func failAll(_ failure: SubmitFailure<M.Rejection>) {
        completion(mutations.map { _ in .failure(failure) })
    }
}

/// A commit that has been decided and applied, and is not durable yet.
struct PendingCommit<M: Machine> {
    /// Nil if everything in it was refused or came to nothing.
    var sealed: SealedCommit?
    var durable: DurableCommit<M>?
    /// Those whose last mutation was decided here; they are told when it is durable.
    var submissions: [Submission<M>] = []
    /// How many mutations were decided here.
    var mutations = 0
    var effects: [M.Effect] = []
}
