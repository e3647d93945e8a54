import Collections
import Platform

/// What waits for something that is not in memory, in the order in which it came.
///
/// It is read in batches, one at a time, by a thread beside the writer. After each batch all
/// submissions are tried again, the first one first; what is still missing is for the next batch. So
/// none overtakes another that waits for the same family. Nothing leaves memory while a batch is
/// read, so that no answer is older than what memory knew.
struct ColdWork<M: Machine> {
    typealias Answers = [(subject: M.Subject, found: Result<M.Family?, ColdError>)]

    /// Subjects read at once: so many families come to memory between two commits.
    private static var batchLimit: Int { 32 }

    private let options: ColdOptions<M>
    let reading: PipelineStage<[M.Subject]>
    private(set) var isReading = false
    /// When to look next for what may leave, by the monotonic clock.
    var nextSweep = Duration.zero

    private var submissions: Deque<Submission<M>> = []
    /// Of those submissions, without an outcome so far.
    private var mutations = 0
    /// What the submissions wait for.
    private var wanted: OrderedSet<M.Subject> = []
    private var deadlines: [WaitingDeadline<M>] = []
    /// What could not be read just now; asked for again with the next batch that wants it.
    private var failures: [M.Subject: ColdError] = [:]

    /// - Parameter answer: called on the reading thread, once for every batch.
    init(_ options: ColdOptions<M>, answer: @escaping @Sendable (Answers) -> Void) {
        self.options = options
        let store = options.store
        reading = PipelineStage("cold-reading") { subjects in
            answer(
                subjects.map { subject in
                    do throws(ColdError) {
                        return (subject, .success(try store.family(of: subject)))
                    } catch {
                        return (subject, .failure(error))
                    }
                })
        }
    }

    var isWaiting: Bool { isReading || !submissions.isEmpty }

    var hasDeadlines: Bool { !deadlines.isEmpty }

    /// Puts a submission aside behind those that wait already, unless its next mutation is to be
    /// refused: what that waits for cannot be read, or too much waits.
    ///
    /// - Parameter subjects: what the mutation waits for; none if the submission waits for deadlines.
    mutating func add(
        _ submission: Submission<M>, until subjects: [M.Subject]
    ) -> SubmitFailure<M.Rejection>? {
        if let error = failure(of: subjects) { return .unreadable(reason: error.reason) }
        let sum = mutations + submission.undecided
        guard sum <= options.waitingLimit || submissions.isEmpty || submission.isDecided else {
            return .busy(limit: options.waitingLimit)
        }
        submissions.append(submission)
        mutations = sum
        wanted.append(contentsOf: subjects)
        return nil
    }

    mutating func add(_ waiting: [WaitingDeadline<M>]) { deadlines += waiting }

    /// The options if it is time for a sweep.
    func sweepOptions(at now: Duration) -> ColdOptions<M>? {
        !isReading && now >= nextSweep ? options : nil
    }

    /// Has the next batch read, if none is and something waits.
    mutating func ask() {
        guard !isReading else { return }
        failures = [:]
        var batch: OrderedSet<M.Subject> = []
        // Clients and deadlines share it.
        for deadline in deadlines.prefix(Self.batchLimit / 2) {
            batch.append(contentsOf: deadline.subjects)
        }
        batch.append(contentsOf: wanted.prefix(Self.batchLimit / 2))
        guard !batch.isEmpty else { return }
        isReading = true
        reading.handOver(Array(batch))
    }

    /// Takes in that a batch was read, and returns the deadlines that waited for it: those that may
    /// fire, and those of which something could not be read.
    mutating func take(
        _ answers: Answers
    ) -> (ready: [WaitingDeadline<M>], failed: [WaitingDeadline<M>]) {
        isReading = false
        for case (let subject, .failure(let error)) in answers { failures[subject] = error }
        let read = Set(answers.map(\.subject))
        let waited = deadlines
        deadlines = waited.filter { !read.isSuperset(of: $0.subjects) }
        let answered = waited.filter { read.isSuperset(of: $0.subjects) }
        return (
            answered.filter { failure(of: $0.subjects) == nil },
            answered.filter { failure(of: $0.subjects) != nil }
        )
    }

    private func failure(of subjects: [M.Subject]) -> ColdError? {
        failures.isEmpty ? nil : subjects.lazy.compactMap { failures[$0] }.first
    }

    /// All submissions, to be tried again before anything that came later.
    mutating func takeSubmissions() -> Deque<Submission<M>> {
        defer {
            submissions = []
            mutations = 0
            wanted = []
        }
        return submissions
    }
}
