import AccessControl
import Coordinator
import LogDogModel
import LogDogProtos
import Platform
import RPCStatus
import StreamArchive
import SwiftProtobuf

// What archivists call (`spec/rpc.md §12, §14`).
extension ServicesService {
    package func archiveStream(
        _ request: Logdog_ArchiveStreamRequest, _ caller: Caller
    ) async throws(RPCError) -> Google_Protobuf_Empty {
        try context.requireService(caller)
        try enter(request.project, caller)
        let id = try Self.id(request.id)
        guard !request.indexURL.isEmpty else {
            throw RPCError(.invalidArgument, "index_url is required")
        }
        guard !request.streamURL.isEmpty else {
            throw RPCError(.invalidArgument, "stream_url is required")
        }
        var report = ArchiveStream(
            .current(StreamKey(project: request.project, hash: id)),
            // Any negative index means "none", as it does in a registration.
            terminalIndex: UInt64(exactly: request.terminalIndex),
            entryCount: try Self.count(request.logEntryCount, "log_entry_count"),
            stream: ArchiveObject(
                url: request.streamURL, size: try Self.count(request.streamSize, "stream_size")),
            index: ArchiveObject(
                url: request.indexURL, size: try Self.count(request.indexSize, "index_size")),
            data: ArchiveObject(
                url: request.dataURL, size: try Self.count(request.dataSize, "data_size")),
            isFailure: !request.error.isEmpty)
        try await refuseForeignObjects(request, id)
        // Only an archivist of this program writes to our stores.
        report.countsAll = context.readModel.archives.object(at: request.streamURL) != nil
        _ = try await context.submit(.archiveStream(report))
        return Google_Protobuf_Empty()
    }

    package func leaseArchiveTasks(
        _ request: Logdog_LeaseRequest, _ caller: Caller
    ) async throws(RPCError) -> Logdog_LeaseResponse {
        try context.requireService(caller)
        guard request.hasLeaseTime, request.leaseTime.isValid else {
            throw RPCError(.invalidArgument, "a lease_time is required that is a duration")
        }
        let reply = try await context.submit(
            .leaseArchiveTasks(
                LeaseArchiveTasks(
                    limit: Int(clamping: request.maxTasks),
                    duration: request.leaseTime.asDuration)))
        guard case .leased(let tasks) = reply else {
            throw RPCError(.internal, "a lease is answered with tasks")
        }
        var response = Logdog_LeaseResponse()
        response.tasks = tasks.map(Self.message)
        return response
    }

    package func deleteArchiveTasks(
        _ request: Logdog_DeleteRequest, _ caller: Caller
    ) async throws(RPCError) -> Google_Protobuf_Empty {
        try context.requireService(caller)
        var tasks: [TaskID] = []
        for task in request.tasks {
            guard let name = ArchiveTaskName(parsing: task.taskName) else {
                throw RPCError(
                    .invalidArgument, "a task_name is QUEUE:TASK, with a number for the queue")
            }
            if let id = name.taskID { tasks.append(id) }
        }
        _ = try await context.submit(.deleteArchiveTasks(DeleteArchiveTasks(tasks: tasks)))
        return Google_Protobuf_Empty()
    }

    /// Hands back what an archivist holds of a stream (`spec/rpc.md §15.3`).
    package func rescheduleArchiveTask(
        _ request: Logdog_ArchiveDispatchTask, _ caller: Caller
    ) async throws(RPCError) -> Google_Protobuf_Empty {
        try context.requireService(caller)
        try enter(request.project, caller)
        let stream = StreamKey(project: request.project, hash: try Self.id(request.id))
        _ = try await context.submit(.rescheduleArchiveTask(RescheduleArchiveTask(stream)))
        return Google_Protobuf_Empty()
    }

    /// An object belongs to one stream, or it could be removed while another one names it.
    private func refuseForeignObjects(
        _ request: Logdog_ArchiveStreamRequest, _ id: HashID
    ) async throws(RPCError) {
        guard let stream = try await context.stream(project: request.project, hash: id) else {
            return
        }
        for url in [request.streamURL, request.indexURL, request.dataURL] {
            guard let object = context.readModel.archives.object(at: url),
                ArchiveNames.isOfAnother(than: stream.path, in: request.project, object.name)
            else { continue }
            throw RPCError(.invalidArgument, "\(url) is an object of another stream")
        }
    }

    private static func count(_ value: Int64, _ field: String) throws(RPCError) -> UInt64 {
        guard let count = UInt64(exactly: value) else {
            throw RPCError(.invalidArgument, "\(field) is negative")
        }
        return count
    }

    private static func message(_ leased: LeasedTask) -> Logdog_ArchiveTask {
        var message = Logdog_ArchiveTask()
        message.project = leased.stream.project
        message.id = leased.stream.hash.hex
        message.realm = leased.realm ?? ""
        message.taskName = ArchiveTaskName(of: leased.task.id).text
        message.retryCount = Int64(clamping: leased.task.retries)
        guard let terms = leased.task.classic else { return message }
        message.key = .init(leased.stream.archivalKey)
        message.dispatchedAt = Google_Protobuf_Timestamp(leased.task.due)
        if terms.settle > .zero { message.settleDelay = Google_Protobuf_Duration(terms.settle) }
        if terms.complete > .zero {
            message.completePeriod = Google_Protobuf_Duration(terms.complete)
        }
        return message
    }
}
