import Coordinator
import Journal
import Platform
import ReadModels
import Tumble

/// The Coordinator in the same process.
package struct LocalCoordinator: ArchivalCoordinator {
    private typealias Outcome = ProcessorRunner<CoordinatorMachine>.Outcome

    private let processor: ProcessorRunner<CoordinatorMachine>
    private let readModel: ReadModel

    package init(_ processor: ProcessorRunner<CoordinatorMachine>, _ readModel: ReadModel) {
        self.processor = processor
        self.readModel = readModel
    }

    package func lease(
        _ limit: Int, for lease: Duration
    ) throws(CoordinatorTrouble) -> [TaskTicket] {
        // Nothing is journaled when there is nothing to hand out.
        let outcome = submit([
            .leaseArchiveTasks(LeaseArchiveTasks(limit: limit, duration: lease))
        ]).first
        switch outcome {
        case .success(.leased(let tasks)): return tasks.compactMap(Self.ticket)
        case .failure(let failure): throw CoordinatorTrouble("\(failure)")
        case .success, nil: throw CoordinatorTrouble("a lease was answered with something else")
        }
    }

    private static func ticket(_ leased: LeasedTask) -> TaskTicket? {
        guard case .leased(let lease, let until) = leased.task.place else { return nil }
        return TaskTicket(
            task: ArchiveTaskName(of: leased.task.id).text, project: leased.stream.project,
            stream: leased.stream.hash, identity: leased.stream.id, lease: lease,
            retries: leased.task.retries, leaseEnd: until)
    }

    package func load(_ ticket: TaskTicket) throws(CoordinatorTrouble) -> Assignment? {
        guard let id = ticket.identity, let stream = try stream(id) else { return nil }
        return Assignment(
            ticket: ticket, descriptor: stream.descriptor, terminalIndex: stream.terminalIndex,
            received: stream.received, isArchived: stream.archive != nil)
    }

    package func visitEntries(
        of assignment: Assignment, _ body: (UInt64, ArraySlice<UInt8>) -> Bool
    ) throws(CoordinatorTrouble) {
        guard let id = assignment.ticket.identity else { return }
        do throws(ReadError) {
            try readModel.visitFrames(of: id, body)
        } catch {
            throw CoordinatorTrouble("\(error)")
        }
    }

    package func report(
        _ reports: [ArchiveReport]
    ) throws(CoordinatorTrouble) -> [ReportOutcome] {
        let outcomes = submit(reports.compactMap(Self.mutation))
        guard outcomes.count == reports.count else {
            throw CoordinatorTrouble("a report is about a stream of this Coordinator")
        }
        var answers: [ReportOutcome] = []
        for (report, outcome) in zip(reports, outcomes) {
            answers.append(try answer(to: report, outcome))
        }
        return answers
    }

    private func answer(
        to report: ArchiveReport, _ outcome: Outcome
    ) throws(CoordinatorTrouble) -> ReportOutcome {
        switch outcome {
        case .failure(.rejected(.streamNotFound)): return .gone
        case .failure(let failure): return .refused("\(failure)")
        case .success:
            guard let id = report.assignment.ticket.identity, let stream = try stream(id),
                let archive = stream.archive
            else { return .gone }
            return archive.stream.url == report.entriesURL ? .taken : .superseded
        }
    }

    private func stream(_ id: StreamID) throws(CoordinatorTrouble) -> StreamState? {
        do throws(ReadError) {
            return try readModel.stream(id)
        } catch {
            throw CoordinatorTrouble("\(error)")
        }
    }

    private static func mutation(_ report: ArchiveReport) -> CoordinatorMutation? {
        guard let id = report.assignment.ticket.identity else { return nil }
        var mutation = ArchiveStream(
            .identity(id), terminalIndex: report.lastIndex, entryCount: report.entryCount,
            stream: ArchiveObject(url: report.entriesURL, size: report.entriesSize),
            index: ArchiveObject(url: report.indexURL, size: report.indexSize),
            isFailure: !report.failure.isEmpty)
        mutation.received = report.assignment.received
        return .archiveStream(mutation)
    }

    package func acknowledge(_ tickets: [TaskTicket]) throws(CoordinatorTrouble) {
        let tasks = tickets.compactMap { ArchiveTaskName(parsing: $0.task)?.taskID }
        if case .failure(let failure) = submit([
            .deleteArchiveTasks(DeleteArchiveTasks(tasks: tasks))
        ]).first {
            throw CoordinatorTrouble("\(failure)")
        }
    }

    package func giveBack(
        _ ticket: TaskTicket, because reason: String
    ) throws(CoordinatorTrouble) {
        guard let task = ArchiveTaskName(parsing: ticket.task)?.taskID, let lease = ticket.lease
        else { return }
        if case .failure(let failure) = submit([
            .failArchival(FailArchival(task: task, lease: lease, reason: reason))
        ]).first {
            throw CoordinatorTrouble("\(failure)")
        }
    }

    /// Archives that somebody found damaged and that can be written anew from the entries.
    package func damaged() -> [DamagedArchive] {
        readModel.archives.damaged.compactMap { damaged in
            let found: StreamState?
            do throws(CoordinatorTrouble) {
                found = try stream(damaged.stream)
            } catch {
                // It stays noted, and is looked at again.
                return nil
            }
            guard let stream = found, let archive = stream.archive else { return nil }
            let ticket = TaskTicket(
                task: "", project: stream.project, stream: stream.hash, identity: stream.id,
                lease: nil, retries: 0, leaseEnd: .distantFuture)
            return DamagedArchive(
                assignment: Assignment(
                    ticket: ticket, descriptor: stream.descriptor,
                    terminalIndex: stream.terminalIndex, received: nil, isArchived: true),
                entriesURL: archive.stream.url, indexURL: archive.index.url,
                entryCount: archive.entryCount)
        }
    }

    /// Says that a damaged archive was written anew.
    package func healed(_ archive: DamagedArchive) {
        if let id = archive.assignment.ticket.identity { readModel.archives.forget(damaged: id) }
    }

    private func submit(_ mutations: [CoordinatorMutation]) -> [Outcome] {
        let answer = Monitor<[Outcome]?>(nil)
        processor.submit(mutations) { outcomes in answer.update { $0 = outcomes } }
        return answer.wait { $0 }
    }
}
