import AccessControl
import Coordinator
import LogDogModel
import LogDogProtos
import RPCStatus
import ReadModels

extension LogsService {
    /// How long a query waits for the catalog when the caller sets no deadline.
    private static let patience = Duration.seconds(30)

    package func query(
        _ request: Logdog_QueryRequest, _ caller: Caller, deadline: ContinuousClock.Instant?
    ) async throws(RPCError) -> Logdog_QueryResponse {
        _ = try context.enterProject(request.project, caller)
        let isAdministrator = context.authority.isAdministrator(caller)
        guard request.purged != .yes || isAdministrator else {
            throw RPCError(.invalidArgument, "only administrators see purged streams")
        }
        let pattern: PathPattern
        do throws(PatternError) {
            pattern = try PathPattern(request.path)
        } catch {
            throw RPCError(.invalidArgument, "invalid query path")
        }
        let hash = HashID.ofPrefix(pattern.prefix)
        guard let prefix = context.readModel.prefix(project: request.project, hash: hash) else {
            throw ServiceContext.denied(caller)
        }
        try context.require(.listLogs, in: prefix, caller)
        var query = StreamQuery(project: request.project, pattern: pattern)
        query.limit = Int(request.maxResults)
        query.purged = Self.purged(request.purged, isAdministrator)
        query.contentType = request.contentType
        try Self.addFilters(of: request, to: &query)
        let page: QueryPage
        do throws(ReadError) {
            page = try await context.readModel.query(
                query, deadline: deadline ?? .now.advanced(by: Self.patience))
        } catch {
            throw RPCError(error)
        }
        return Self.response(page, request, prefix)
    }

    private static func purged(
        _ asked: Logdog_QueryRequest.Trinary, _ isAdministrator: Bool
    ) -> PurgedStreams {
        guard isAdministrator else { return .hidden }
        switch asked {
        case .both, .UNRECOGNIZED: return .shown
        case .yes: return .alone
        case .no: return .hidden
        }
    }

    private static func addFilters(
        of request: Logdog_QueryRequest, to query: inout StreamQuery
    ) throws(RPCError) {
        if !request.next.isEmpty {
            guard let token = QueryToken(text: request.next) else {
                throw RPCError(.invalidArgument, "invalid next value")
            }
            query.after = token
        }
        if request.hasStreamType {
            let value = request.streamType.value.rawValue
            guard (0...2).contains(value), let type = StreamType(rawValue: UInt8(value)) else {
                throw RPCError(.invalidArgument, "unknown stream type \(value)")
            }
            query.streamType = type
        }
        for (key, value) in request.tags {
            do throws(NameError) {
                try Names.checkTag(key: key, value: value)
            } catch {
                throw RPCError(.invalidArgument, "invalid tag constraint")
            }
        }
        query.tags = request.tags
    }

    private static func response(
        _ page: QueryPage, _ request: Logdog_QueryRequest, _ prefix: PrefixState
    ) -> Logdog_QueryResponse {
        var response = Logdog_QueryResponse()
        response.project = request.project
        response.realm = prefix.shortRealm.isEmpty ? "@legacy" : prefix.shortRealm
        response.next = page.next.map { "\($0.text)" } ?? ""
        response.streams = page.hits.map { hit in
            var stream = Logdog_QueryResponse.Stream()
            stream.path = hit.path.text
            if request.state {
                stream.state = hit.publicState
                stream.desc = hit.descriptor.message
            }
            return stream
        }
        return response
    }
}

extension StreamDescriptor {
    /// As a message; empty if it does not decode, which no stored one does.
    var message: Logpb_LogStreamDescriptor {
        do { return try Logpb_LogStreamDescriptor(serializedBytes: bytes) } catch { return .init() }
    }
}
