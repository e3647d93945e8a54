import Coordinator
import Foundation
import Platform
import ReadModels
import Tumble

/// Lets streams go that have been kept for long enough, project by project, on a thread of its own.
///
/// What leaves is found in the catalog, decided by the rules, and journaled; objects go afterwards.
/// It stands still while it is paused, which the journal knows, and while the clock is not believed.
package final class RetentionSweep: Sendable {
    private struct State {
        var isRunning = false
        var isStopping = false
        var isWanted = false
        var status = RetentionStatus()
    }

    /// Between two looks.
    private static let interval = Duration.seconds(3600)
    /// Between two pieces, so that nobody waits for them.
    private static let pause = Duration.milliseconds(10)

    private let processor: ProcessorRunner<CoordinatorMachine>
    private let model: ReadModel
    private let clock: any Clock
    private let policy: @Sendable (String) -> RetentionPolicy
    private let state = Monitor(State())

    /// - Parameter policy: of a project, whether or not it is configured.
    package init(
        _ processor: ProcessorRunner<CoordinatorMachine>, _ model: ReadModel, clock: any Clock,
        policy: @escaping @Sendable (String) -> RetentionPolicy
    ) {
        self.processor = processor
        self.model = model
        self.clock = clock
        self.policy = policy
    }

    package var status: RetentionStatus { state.look { $0.status } }

    /// Starts the thread. To be called once.
    package func start() {
        state.update { $0.isRunning = true }
        let thread = Thread { [self] in
            while waitForTurn() { look() }
            state.update { $0.isRunning = false }
        }
        thread.name = "retention"
        thread.start()
    }

    /// Gives up what it is at, and waits for the thread. Blocks; harmless when repeated.
    package func stop() {
        state.update { $0.isStopping = true }
        state.wait { $0.isRunning ? nil : () }
    }

    /// Looks now, and returns at the end of it. Blocks.
    package func lookNow() {
        let looks = state.update { state in
            state.isWanted = true
            return state.status.looks
        }
        state.wait { state in
            let isDone = state.status.looks > looks && !state.isWanted
            return isDone || state.isStopping || !state.isRunning ? () : nil
        }
    }

    private func waitForTurn() -> Bool {
        state.wait(atMost: Self.interval) { state -> Bool? in
            if state.isStopping { return false }
            guard state.isWanted else { return nil }
            state.isWanted = false
            return true
        } ?? true
    }
}

// Looking.
extension RetentionSweep {
    /// What a look would let go now, by project; changes nothing. Blocks.
    package func plan() throws(RetentionTrouble) -> [RetentionForecast] {
        var forecasts: [RetentionForecast] = []
        for project in try projects() {
            var survey = RetentionSurvey(project, policy(project), model, at: clock.wall())
            try survey.run { _ in true }
            forecasts.append(
                RetentionForecast(
                    project: project, policy: survey.policy, byAge: survey.byAge,
                    toMakeRoom: survey.toMakeRoom))
        }
        return forecasts
    }

    private func projects() throws(RetentionTrouble) -> [String] {
        do throws(CatalogError) { return try model.projects() } catch {
            throw RetentionTrouble("the catalog: \(error)")
        }
    }

    private func look() {
        var failure = ""
        if model.retention.isPaused {
            failure = ""
        } else if processor.status.holdsDestruction {
            failure = "the clock is not believed: nothing leaves by age until it is accepted"
        } else {
            do throws(RetentionTrouble) { try sweep() } catch { failure = "\(error)" }
        }
        let now = clock.wall()
        state.update { state in
            state.status.looks += 1
            state.status.lastLook = now
            state.status.lastFailure = failure
        }
    }

    private func sweep() throws(RetentionTrouble) {
        // What was decided a moment ago is in the rows that are looked at.
        model.flushCatalog()
        for project in try projects() {
            var survey = RetentionSurvey(project, policy(project), model, at: clock.wall())
            try survey.run { (expiry) throws(RetentionTrouble) in
                try submit(expiry)
                return state.wait(atMost: Self.pause) { $0.isStopping ? () : nil } == nil
                    && !model.retention.isPaused
            }
        }
    }

    private func submit(_ expiry: ExpireStreams) throws(RetentionTrouble) {
        typealias Outcome = ProcessorRunner<CoordinatorMachine>.Outcome
        let answer = Monitor<Outcome?>(nil)
        processor.submit([.expireStreams(expiry)]) { outcomes in
            answer.update { $0 = outcomes.first ?? .failure(.stopped) }
        }
        switch answer.wait({ $0 }) {
        case .success(.expired(let streams)):
            state.update { $0.status.streams += streams.count }
        // Somebody held, paused or deleted it meanwhile.
        case .success, .failure(.rejected): break
        case .failure(let failure): throw RetentionTrouble("\(failure)")
        }
    }
}

/// What retention has done since the program began.
package struct RetentionStatus: Hashable, Sendable {
    package internal(set) var looks = 0
    /// Nil before the first.
    package internal(set) var lastLook: Timestamp?
    /// Streams that were let go.
    package internal(set) var streams = 0
    /// Why the last look did not come to its end; empty if it did.
    package internal(set) var lastFailure = ""
}

/// What retention would do with a project.
package struct RetentionForecast: Hashable, Sendable {
    package let project: String
    package let policy: RetentionPolicy
    package let byAge: ArchivedTotals
    package let toMakeRoom: ArchivedTotals
}
