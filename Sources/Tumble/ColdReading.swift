import Collections
import Foundation
import Platform

/// A thread that reads from a `ColdStore` what mutations need, so that the writer never does.
///
/// Questions are answered in the order in which they are asked.
final class ColdReading<M: Machine>: Sendable {
    /// What waits for an answer.
    enum Asker: Sendable {
        case submission(Submission<M>)
        case deadline(WaitingDeadline<M>)
    }

    struct Question: Sendable {
        let subjects: [M.Subject]
        let asker: Asker
        /// The processor's, when it was asked.
        let round: Int
    }

    struct Answer: Sendable {
        typealias Found = [(subject: M.Subject, family: M.Family?)]

        let question: Question
        let found: Result<Found, ColdError>
    }

    private struct State {
        var questions: Deque<Question> = []
        var isStopping = false
    }

    private let store: any ColdStore<M>
    private let answer: @Sendable (Answer) -> Void
    private let state = Monitor(State())

    /// - Parameter answer: called on this thread, once for every question.
    init(_ store: any ColdStore<M>, answer: @escaping @Sendable (Answer) -> Void) {
        self.store = store
        self.answer = answer
    }

    func start() {
        let thread = Thread { [self] in
            while let question = next() {
                answer(Answer(question: question, found: read(question.subjects)))
            }
        }
        thread.name = "cold-reading"
        thread.start()
    }

    func ask(_ question: Question) { state.update { $0.questions.append(question) } }

    /// Ends the thread once all is answered.
    func stop() { state.update { $0.isStopping = true } }

    private func next() -> Question? {
        state.wait { state -> Question?? in
            if let question = state.questions.popFirst() { return .some(question) }
            return state.isStopping ? .some(nil) : nil
        }
    }

    private func read(_ subjects: [M.Subject]) -> Result<Answer.Found, ColdError> {
        var found: Answer.Found = []
        for subject in subjects {
            do throws(ColdError) {
                found.append((subject, try store.family(of: subject)))
            } catch {
                return .failure(error)
            }
        }
        return .success(found)
    }
}
