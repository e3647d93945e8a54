import AccessControl
import Coordinator
import LogDogModel
import LogDogProtos
import RPCStatus
import ReadModels
import SwiftProtobuf

/// `logdog.Logs`: reading and finding streams (`spec/rpc.md §3–§5`).
package struct LogsService: Sendable {
    let context: ServiceContext

    package init(_ context: ServiceContext) { self.context = context }

    package func get(
        _ request: Logdog_GetRequest, _ caller: Caller
    ) async throws(RPCError) -> GetReply {
        let (prefix, stream) = try await find(request.path, in: request.project, caller)
        var reply = self.reply(for: stream, prefix, withState: request.state)
        if request.logCount >= 0 { reply.entries = try await entries(of: stream, request) }
        if request.hasGetSignedUrls, let archive = stream.archive,
            let urls = try context.links?.sign(
                request.getSignedUrls, archive, at: context.clock.wall())
        {
            reply.head.signedUrls = urls
        }
        return reply
    }

    private func entries(
        of stream: StreamState, _ request: Logdog_GetRequest
    ) async throws(RPCError) -> [ArraySlice<UInt8>] {
        let limits = ReadLimits(
            logCount: Int(request.logCount), byteCount: Int(request.byteCount),
            nonContiguous: request.nonContiguous)
        do throws(ReadError) {
            let page = try await context.readModel.entries(
                of: stream.id, from: request.index, limits: limits)
            return page.entries.map(\.bytes)
        } catch {
            throw RPCError(error)
        }
    }

    package func tail(
        _ request: Logdog_TailRequest, _ caller: Caller
    ) async throws(RPCError) -> GetReply {
        let (prefix, stream) = try await find(request.path, in: request.project, caller)
        var reply = self.reply(for: stream, prefix, withState: request.state)
        do throws(ReadError) {
            let entry = try await context.readModel.tail(of: stream.id)
            reply.entries = entry.map { [$0.bytes] } ?? []
        } catch {
            throw RPCError(error)
        }
        return reply
    }

    /// The stream of a path or of a hash id, after the checks of §3.1; also for the pages.
    ///
    /// - Parameter showPurged: whether purged streams are there for everybody.
    package func find(
        _ path: String, in project: String, _ caller: Caller, showPurged: Bool = false
    ) async throws(RPCError) -> (prefix: PrefixState, stream: StreamState) {
        _ = try context.enterProject(project, caller)
        if context.dialect == .classic { try context.requireReader(of: project, caller) }
        // 64 hex digits are never a valid path, so they can only be an id.
        if let hash = HashID(hex: path) {
            return try await find(hash, in: project, caller, showPurged)
        }
        let parsed: StreamPath
        do throws(NameError) {
            parsed = try StreamPath(parsing: path)
        } catch {
            throw RPCError(.invalidArgument, "invalid path value")
        }
        let hash = HashID.ofPrefix(parsed.prefix)
        guard let prefix = try await context.prefix(project: project, hash: hash) else {
            throw noPrefix(caller)
        }
        try requireReading(prefix, caller)
        guard let stream = try await context.stream(project: project, hash: parsed.hash),
            showPurged || !stream.purged || context.authority.isAdministrator(caller)
        else { throw RPCError(.notFound, "no such stream") }
        return (prefix, stream)
    }

    private func find(
        _ hash: HashID, in project: String, _ caller: Caller, _ showPurged: Bool
    ) async throws(RPCError) -> (prefix: PrefixState, stream: StreamState) {
        guard let stream = try await context.stream(project: project, hash: hash),
            let prefix = try await context.prefix(stream.prefix)
        else { throw noPrefix(caller) }
        try requireReading(prefix, caller)
        guard showPurged || !stream.purged || context.authority.isAdministrator(caller) else {
            throw RPCError(.notFound, "no such stream")
        }
        return (prefix, stream)
    }

    /// The classic dialect tells its readers that a prefix is not there; the current one does not.
    private func noPrefix(_ caller: Caller) -> RPCError {
        context.dialect == .classic
            ? RPCError(.notFound, "no such stream") : ServiceContext.denied(caller)
    }

    private func requireReading(_ prefix: PrefixState, _ caller: Caller) throws(RPCError) {
        guard context.dialect == .current else { return }
        try context.require(.readLogs, in: prefix, caller)
    }

    private func reply(
        for stream: StreamState, _ prefix: PrefixState, withState: Bool
    ) -> GetReply {
        var reply = GetReply()
        if context.dialect == .current { reply.head.project = stream.project }
        reply.head.realm = prefix.shortRealm
        if withState {
            reply.head.state = stream.publicState
            reply.descriptor = stream.descriptor.bytes
        }
        return reply
    }
}

extension StreamState {
    /// What readers are told of the state.
    var publicState: Logdog_LogStreamState {
        var state = Logdog_LogStreamState()
        state.protoVersion = protoVersion
        state.created = Google_Protobuf_Timestamp(created)
        state.terminalIndex = wireTerminalIndex
        state.purged = purged
        if let archive { state.archive = archiveInfo(archive) }
        return state
    }

    private func archiveInfo(_ archive: ArchiveInfo) -> Logdog_LogStreamState.ArchiveInfo {
        var info = Logdog_LogStreamState.ArchiveInfo()
        info.indexURL = archive.index.url
        info.streamURL = archive.stream.url
        info.dataURL = archive.data.url
        info.complete = archivalState == .archivedComplete
        info.logEntryCount = Int64(clamping: archive.entryCount)
        return info
    }

    /// What services are told of it.
    var internalState: Logdog_InternalLogStreamState {
        var state = Logdog_InternalLogStreamState()
        state.protoVersion = protoVersion
        state.secret = .init(secret.bytes)
        state.terminalIndex = wireTerminalIndex
        state.archived = archive != nil
        state.purged = purged
        return state
    }

    /// -1 while the stream is open, and for an archive without entries.
    private var wireTerminalIndex: Int64 { terminalIndex.map { Int64(clamping: $0) } ?? -1 }
}
