import AccessControl
import Coordinator
import LogDogModel
import LogDogProtos
import RPCStatus
import ReadModels

extension LogsService {
    /// Deletes a prefix with all its streams (`spec/rpc.md §7`); none of them is found any more
    /// when this returns.
    ///
    /// The original removes the streams before it answers; here that goes on behind.
    package func deletePrefix(
        _ request: Logdog_DeletePrefixRequest, _ caller: Caller
    ) async throws(RPCError) -> Logdog_DeletePrefixResponse {
        _ = try context.enterProject(request.project, caller)
        do throws(NameError) {
            try Names.check(streamName: request.prefix)
        } catch {
            throw RPCError(.invalidArgument, "invalid prefix")
        }
        // 64 hex digits are an id, also if a prefix looks like that.
        let hash = HashID(hex: request.prefix) ?? .ofPrefix(request.prefix)
        guard let prefix = try await context.prefix(project: request.project, hash: hash) else {
            throw Rejection.prefixNotFound.status
        }
        try context.require(.deletePrefixes, in: prefix, caller)
        _ = try await context.submit(.deletePrefix(DeletePrefix(prefix: prefix.id)))
        return Logdog_DeletePrefixResponse()
    }

    /// Hides a stream, by its path or hash id, from everybody but administrators, or shows it
    /// again. For administrators, who must be allowed to read it.
    package func purge(
        _ path: String, in project: String, isPurged: Bool, _ caller: Caller
    ) async throws(RPCError) {
        guard context.authority.isAdministrator(caller) else {
            throw RPCError(.permissionDenied, "only administrators purge streams")
        }
        let stream = try await find(path, in: project, caller).stream
        _ = try await context.submit(
            .purgeStream(PurgeStream(.identity(stream.id), isPurged: isPurged)))
    }
}
