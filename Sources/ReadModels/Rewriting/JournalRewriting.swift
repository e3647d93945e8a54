import Coordinator
import Foundation
import Journal
import Platform
import Tumble

/// Rewrites sealed segments in the background, on a thread of its own: without the entries of
/// streams that have long been archived, small neighbours as one, and, when nobody writes, deflated
/// better.
///
/// While the journal is being written to it works a tenth of the time, slice by slice. It can be
/// paused and watched; where it was when the program ended does not matter.
package final class JournalRewriting: Sendable {
    private struct State {
        var isRunning = false
        var isPaused = false
        var isStopping = false
        /// A look is wanted now.
        var isWanted = false
        var status = RewritingStatus()
    }

    let reader: JournalReader
    private let machine: CoordinatorMachine
    private let model: ReadModel
    private let hot: HotModel
    private let footers: SegmentFooters
    private let follower: CatalogFollower
    let clock: any Clock
    let options: RewritingOptions
    private let knowsAll: Bool
    private let state = Monitor(State())

    /// - Parameter knowsAll: whether no registration was lost to damage.
    init(
        _ model: ReadModel, reader: JournalReader, machine: CoordinatorMachine,
        clock: any Clock, options: RewritingOptions, knowsAll: Bool
    ) {
        self.reader = reader
        self.machine = machine
        self.clock = clock
        self.options = options
        self.knowsAll = knowsAll
        self.model = model
        hot = model.hot
        footers = model.entryReader.footers
        follower = model.follower
    }

    /// What finds what it is for.
    var unwanted: UnwantedEntries {
        UnwantedEntries(reader: reader, model: model, grace: options.grace, knowsAll: knowsAll)
    }

    package var status: RewritingStatus {
        state.look { state in
            var status = state.status
            if state.isPaused, status.activity == .waiting { status.activity = .paused }
            return status
        }
    }

    /// Stops where it is, a slice at most from now, until `resume`.
    package func pause() { state.update { $0.isPaused = true } }

    package func resume() { state.update { $0.isPaused = false } }

    /// Looks for work now, and returns at the end of it; at once if it is paused or stopped.
    package func lookNow() async {
        let looks = state.update { state -> Int in
            state.isWanted = true
            return state.status.looks
        }
        await waitBeside { state in
            let isDone = state.status.looks > looks && !state.isWanted
            return isDone || state.isPaused || state.isStopping || !state.isRunning
        }
    }

    func start() {
        state.update { $0.isRunning = true }
        let thread = Thread { [self] in run() }
        thread.name = "rewriting"
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Gives up what it is at, and returns when it touches no file any more. Harmless when repeated.
    func stop() async {
        state.update { $0.isStopping = true }
        await waitBeside { !$0.isRunning }
    }

    /// Waits on a thread of its own: waiting is not for the shared pool.
    private func waitBeside(until isDone: @escaping @Sendable (State) -> Bool) async {
        await withCheckedContinuation { done in
            let waiting = Thread { [state] in
                state.wait { isDone($0) ? () : nil }
                done.resume()
            }
            waiting.start()
        }
    }
}

// The thread.
extension JournalRewriting {
    private func run() {
        while waitForTurn() {
            note(.looking)
            var failure: JournalError?
            do throws(JournalError) {
                try look()
            } catch {
                failure = error
            }
            state.update { state in
                if let failure { state.status.lastFailure = failure }
                state.status.looks += 1
                state.status.activity = .waiting
            }
        }
        state.update { state in
            state.status.activity = .stopped
            state.isRunning = false
        }
    }

    /// Waits until a look is due or wanted; false at the end.
    private func waitForTurn() -> Bool {
        let turn = state.wait(atMost: options.interval) { state -> Bool? in
            if state.isStopping { return false }
            guard state.isWanted, !state.isPaused else { return nil }
            state.isWanted = false
            return true
        }
        return turn ?? waitWhilePaused()
    }

    private func waitWhilePaused() -> Bool {
        state.wait { state -> Bool? in
            if state.isStopping { return false }
            if state.isPaused {
                state.status.activity = .paused
                return nil
            }
            return true
        }
    }

    private func note(_ activity: RewritingStatus.Activity) {
        state.update { $0.status.activity = activity }
    }

    /// Looks once and does what is worth it, until nothing is or it is to stop.
    private func look() throws(JournalError) {
        let reliedOn = hot.published
        let plan = RewritePlan(segmentSize: options.segmentSize)
        guard
            var finding = try unwanted.look(at: clock.wall(), goOn: waitWhilePaused),
            catalogHas(reliedOn)
        else { return }
        while let job = plan.next(finding.loads) {
            // To deflate better is for quiet times alone.
            guard job.isUrgent || isQuiet() else { return }
            guard
                let outcome = try rewrite(job, without: finding.streams, reliedOn: reliedOn)
            else { return }
            finding.take(outcome)
        }
    }

    /// What is relied on must be in the catalog first: from then on nothing needs the journal to
    /// know that the streams were archived.
    private func catalogHas(_ record: RecordNumber) -> Bool {
        follower.flush()
        return follower.status.reached >= record
    }

    /// Whether nobody writes for a moment.
    private func isQuiet() -> Bool {
        guard options.deflatesBetter else { return false }
        let published = hot.published
        rest(options.quietTime)
        return hot.published == published
    }

    private func rewrite(
        _ job: RewriteJob, without streams: Set<UInt64>, reliedOn: RecordNumber
    ) throws(JournalError) -> RewriteOutcome? {
        var options = RewriteOptions()
        options.level = self.options.level
        let machine = machine
        let rewriter = SegmentRewriter(reader.directory, options: options) { machine.run(of: $0) }
        let rule = RewriteRule(reliedOn: reliedOn) { record, run in
            guard let run else { return .keep }
            if streams.contains(run.subject) { return .leaveOut }
            // So the secret in it is at rest no longer than the segment that it came in.
            return machine.restated(record).map(RecordFate.restate) ?? .keep
        }
        var pace = RewritePace(clock: clock, published: hot.published)
        var done = 0
        note(.rewriting(job.segments, inflatedBytes: 0))
        let outcome = try rewriter.rewrite(job.segments, by: rule) { inflated in
            done += inflated
            note(.rewriting(job.segments, inflatedBytes: done))
            rest(pace.rest(published: hot.published))
            defer { pace.begin() }
            return waitWhilePaused()
        } replaced: { outcome in
            publish(outcome, of: job)
        }
        guard let outcome else { return nil }
        footers.forget(job.segments)
        state.update { $0.status.note(outcome) }
        return outcome
    }

    private func rest(_ duration: Duration) {
        guard duration > .zero else { return }
        _ = state.wait(atMost: duration) { $0.isStopping ? true : nil }
    }

    /// Tells readers where everything is now.
    private func publish(_ outcome: RewriteOutcome, of job: RewriteJob) {
        footers.forget(job.segments)
        let spans = SegmentFooter(outcome.runs).spans(in: outcome.segment)
        hot.locations.replace(
            Set(job.segments),
            by: Dictionary(spans.map { ($0.stream, $0.span) }, uniquingKeysWith: { $1 }),
            of: Set(outcome.subjects).union(spans.map(\.stream)))
    }
}

/// How the rewriting of the journal goes about it.
package struct RewritingOptions: Hashable, Sendable {
    /// Between two looks.
    package var interval: Duration = .seconds(600)
    /// For so long after its archival the entries of a stream stay, to heal an archive from.
    package var grace: Duration = .seconds(86_400)
    /// zlib's.
    package var level: Int32 = 6
    /// Whether quiet times are used to deflate what was never rewritten.
    package var deflatesBetter = true
    /// It is quiet once nobody has written for so long.
    package var quietTime: Duration = .seconds(1)
    /// Bytes that a rewritten segment may have.
    package var segmentSize = 64 << 20

    package init() {}
}

/// How long to rest after each slice, so that whoever writes does not notice.
struct RewritePace {
    /// While the journal is written to, one part of the time in so many is worked.
    private static let share = 10

    private let clock: any Clock
    private var begun: Duration
    private var published: RecordNumber

    init(clock: any Clock, published: RecordNumber) {
        self.clock = clock
        self.published = published
        begun = clock.monotonic()
    }

    /// The time to rest now; none if nobody has written since the last slice.
    mutating func rest(published now: RecordNumber) -> Duration {
        defer { published = now }
        guard now > published else { return .zero }
        return (clock.monotonic() - begun) * (Self.share - 1)
    }

    /// A slice begins.
    mutating func begin() { begun = clock.monotonic() }
}
