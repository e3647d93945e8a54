import ByteCoding
import Foundation
import LogDogClient
import LogDogModel
import LogDogProtos
import Platform
import SwiftProtobuf

/// The Coordinator of another process, over its calls (`spec/rpc.md §14`).
///
/// A report says how many entries were archived, and the server refuses one that counts fewer than
/// it has received meanwhile; the task comes back when its lease ends.
package struct RemoteCoordinator: ArchivalCoordinator {
    private let client: PRPCClient
    private let clock: any Clock

    package init(_ client: PRPCClient, clock: any Clock) {
        self.client = client
        self.clock = clock
    }

    package func lease(
        _ limit: Int, for lease: Duration
    ) throws(CoordinatorTrouble) -> [TaskTicket] {
        var request = Logdog_LeaseRequest()
        request.maxTasks = Int64(limit)
        request.leaseTime = Google_Protobuf_Duration(seconds: lease.components.seconds)
        // From before the call, so that it never counts on more time than it has.
        let end = clock.wall().adding(lease)
        let reply: Logdog_LeaseResponse = try call("LeaseArchiveTasks", request)
        return reply.tasks.compactMap { task in
            guard let stream = HashID(hex: task.id) else { return nil }
            return TaskTicket(
                task: task.taskName, project: task.project, stream: stream, identity: nil,
                lease: nil, retries: UInt64(clamping: task.retryCount), leaseEnd: end)
        }
    }

    package func load(_ ticket: TaskTicket) throws(CoordinatorTrouble) -> Assignment? {
        var request = Logdog_LoadStreamRequest()
        request.project = ticket.project
        request.id = ticket.stream.hex
        request.desc = true
        let question = request
        let reply: Logdog_LoadStreamResponse
        do throws(ClientFailure) {
            reply = try wait { [client] () async throws(ClientFailure) in
                try await client.call("logdog.Services", "LoadStream", question)
            }
        } catch {
            if case .refused(let refusal) = error, refusal.code == .notFound { return nil }
            throw CoordinatorTrouble("\(error)")
        }
        do throws(DescriptorError) {
            return Assignment(
                ticket: ticket, descriptor: try StreamDescriptor(serialized: Array(reply.desc)),
                terminalIndex: reply.state.terminalIndex < 0
                    ? nil : UInt64(reply.state.terminalIndex),
                received: nil, isArchived: reply.state.archived)
        } catch {
            throw CoordinatorTrouble("the descriptor of \(ticket.stream.hex): \(error)")
        }
    }

    package func visitEntries(
        of assignment: Assignment, _ body: (UInt64, ArraySlice<UInt8>) -> Bool
    ) throws(CoordinatorTrouble) {
        var request = Logdog_GetRequest()
        request.project = assignment.ticket.project
        request.path = assignment.descriptor.path.text
        request.nonContiguous = true
        while true {
            let page = request
            let entries: [ArraySlice<UInt8>]
            do throws(ClientFailure) {
                let reply = try wait { [client] () async throws(ClientFailure) in
                    try await client.replyBytes("logdog.Logs", "Get", page)
                }
                entries = try Self.entries(in: reply)
            } catch {
                throw CoordinatorTrouble("\(error)")
            }
            guard !entries.isEmpty else { return }
            for entry in entries {
                let index = try Self.index(of: entry, assignment.descriptor.streamType)
                var frame: [UInt8] = []
                RecordIO.append(entry, to: &frame)
                guard body(index, frame[...]), index < Int64.max else { return }
                request.index = Int64(index) + 1
            }
        }
    }

    package func report(
        _ reports: [ArchiveReport]
    ) throws(CoordinatorTrouble) -> [ReportOutcome] {
        var outcomes: [ReportOutcome] = []
        for report in reports { outcomes.append(try self.report(report)) }
        return outcomes
    }

    package func acknowledge(_ tickets: [TaskTicket]) throws(CoordinatorTrouble) {
        var request = Logdog_DeleteRequest()
        request.tasks = tickets.map { ticket in
            var task = Logdog_ArchiveTask()
            task.project = ticket.project
            task.id = ticket.stream.hex
            task.taskName = ticket.task
            return task
        }
        let _: Google_Protobuf_Empty = try call("DeleteArchiveTasks", request)
    }

    /// There is no call for it: the task comes back when its lease ends.
    package func giveBack(
        _ ticket: TaskTicket, because reason: String
    ) throws(CoordinatorTrouble) {}
}

// Calls.
extension RemoteCoordinator {
    private func report(_ report: ArchiveReport) throws(CoordinatorTrouble) -> ReportOutcome {
        var request = Logdog_ArchiveStreamRequest()
        request.project = report.assignment.ticket.project
        request.id = report.assignment.ticket.stream.hex
        request.logEntryCount = Int64(clamping: report.entryCount)
        request.terminalIndex = report.lastIndex.map { Int64(clamping: $0) } ?? -1
        request.error = report.failure
        request.streamURL = report.entriesURL
        request.streamSize = Int64(clamping: report.entriesSize)
        request.indexURL = report.indexURL
        request.indexSize = Int64(clamping: report.indexSize)
        let message = request
        do throws(ClientFailure) {
            let _: Google_Protobuf_Empty = try wait { [client] () async throws(ClientFailure) in
                try await client.call("logdog.Services", "ArchiveStream", message)
            }
        } catch {
            guard case .refused(let refusal) = error else { throw CoordinatorTrouble("\(error)") }
            return refusal.code == .notFound ? .gone : .refused(refusal.message)
        }
        // The call does not say whose report was believed.
        var state = Logdog_GetRequest()
        state.project = request.project
        state.path = report.assignment.descriptor.path.text
        state.logCount = -1
        state.state = true
        let question = state
        do throws(ClientFailure) {
            let reply: Logdog_GetResponse = try wait {
                [client] () async throws(ClientFailure) in
                try await client.call("logdog.Logs", "Get", question)
            }
            return reply.state.archive.streamURL == report.entriesURL ? .taken : .superseded
        } catch {
            // Believed or not: what was written stays, since it may be what is referred to.
            return .refused("\(error)")
        }
    }

    private func call<Reply: Message>(
        _ method: String, _ request: some Message
    ) throws(CoordinatorTrouble) -> Reply {
        do throws(ClientFailure) {
            return try wait { [client] () async throws(ClientFailure) in
                try await client.call("logdog.Services", method, request)
            }
        } catch {
            throw CoordinatorTrouble("\(error)")
        }
    }

    /// Runs a call on the shared pool and blocks this thread, which is the archivist's, until it
    /// has ended.
    private func wait<Result: Sendable>(
        _ body: @escaping @Sendable () async throws(ClientFailure) -> Result
    ) throws(ClientFailure) -> Result {
        let answer = Monitor<Swift.Result<Result, ClientFailure>?>(nil)
        Task {
            let result: Swift.Result<Result, ClientFailure>
            do throws(ClientFailure) { result = .success(try await body()) } catch {
                result = .failure(error)
            }
            answer.update { $0 = result }
        }
        return try answer.wait { $0 }.get()
    }

    /// The serialized entries of a `GetResponse`, as they came.
    private static func entries(
        in reply: [UInt8]
    ) throws(ClientFailure) -> [ArraySlice<UInt8>] {
        var entries: [ArraySlice<UInt8>] = []
        var scanner = WireScanner(reply[...])
        do throws(ByteError) {
            while let field = try scanner.next() {
                if field.number == 4, case .bytes(let entry) = field.value { entries.append(entry) }
            }
        } catch {
            throw .illFormed("\(error)")
        }
        return entries
    }

    private static func index(
        of entry: ArraySlice<UInt8>, _ type: StreamType
    ) throws(CoordinatorTrouble) -> UInt64 {
        do throws(EntryError) {
            return try EntryHead(scanning: entry, validFor: type).streamIndex
        } catch {
            throw CoordinatorTrouble("an entry that the server sent is ill-formed: \(error)")
        }
    }
}
