import AccessControl
import Coordinator
import LogDogModel
import LogDogProtos
import Platform
import RPCStatus
import ReadModels
import SwiftProtobuf

/// `Query` in both dialects (`spec/rpc.md §5, §6`).
extension LogsService {
    /// How long a query waits for the catalog when the caller sets no deadline.
    private static let patience = Duration.seconds(30)

    package func query(
        _ request: Logdog_QueryRequest, _ caller: Caller, deadline: ContinuousClock.Instant?
    ) async throws(RPCError) -> Logdog_QueryResponse {
        _ = try context.enterProject(request.project, caller)
        if context.dialect == .classic { try context.requireReader(of: request.project, caller) }
        let isAdministrator = context.authority.isAdministrator(caller)
        guard request.purged != .yes || isAdministrator else {
            throw RPCError(.invalidArgument, "only administrators see purged streams")
        }
        let deadline = deadline ?? .now.advanced(by: Self.patience)
        return request.asksClassically || context.dialect == .classic
            ? try await queryProject(request, caller, isAdministrator, deadline)
            : try await queryPrefix(request, caller, isAdministrator, deadline)
    }

    /// The current form: the streams of one prefix, which the caller may list.
    private func queryPrefix(
        _ request: Logdog_QueryRequest, _ caller: Caller, _ isAdministrator: Bool,
        _ deadline: ContinuousClock.Instant
    ) async throws(RPCError) -> Logdog_QueryResponse {
        let pattern: PathPattern
        do throws(PatternError) {
            pattern = try PathPattern(request.path)
        } catch {
            throw RPCError(.invalidArgument, "invalid query path: \(Self.words(for: error))")
        }
        let hash = HashID.ofPrefix(pattern.prefix)
        guard let prefix = try await context.prefix(project: request.project, hash: hash) else {
            throw ServiceContext.denied(caller)
        }
        try context.require(.listLogs, in: prefix, caller)
        var query = StreamQuery(project: request.project, search: .names(pattern))
        query.purged = Self.purged(request.purged, isAdministrator)
        try addPlace(of: request, to: &query)
        try Self.addFilters(of: request, to: &query)
        var response = try await answer(query, withState: request.state, deadline)
        response.project = request.project
        response.realm = prefix.shortRealm.isEmpty ? "@legacy" : prefix.shortRealm
        return response
    }

    /// The classic form: all streams of the project, for its readers; on a current server those
    /// of the prefixes that the caller may list.
    private func queryProject(
        _ request: Logdog_QueryRequest, _ caller: Caller, _ isAdministrator: Bool,
        _ deadline: ContinuousClock.Instant
    ) async throws(RPCError) -> Logdog_QueryResponse {
        var query = StreamQuery(project: request.project, search: .paths(.everything))
        try addPlace(of: request, to: &query)
        do throws(PatternError) {
            query.search = .paths(try ClassicPathPattern(request.path))
        } catch {
            throw RPCError(.invalidArgument, "invalid query path: \(Self.words(for: error))")
        }
        query.purged = Self.purged(request.purged, isAdministrator)
        try Self.addFilters(of: request, to: &query)
        query.protoVersion = request.protoVersion
        if request.hasNewer { query.newer = Timestamp(atOrBefore: request.newer) }
        if request.hasOlder { query.older = Timestamp(atOrAfter: request.older) }
        if context.dialect == .current {
            let authority = context.authority
            query.mayList = { authority.isAllowed(.listLogs, in: $0, caller) }
        }
        return try await answer(query, withState: request.state, deadline)
    }

    private static func words(for error: PatternError) -> String {
        switch error {
        case .prefix(let error): "the prefix is not one whose streams can be looked for (\(error))"
        case .name(let error): "what stands behind /+/ is not a name with wildcards (\(error))"
        }
    }

    private func answer(
        _ query: StreamQuery, withState: Bool, _ deadline: ContinuousClock.Instant
    ) async throws(RPCError) -> Logdog_QueryResponse {
        let page: QueryPage
        do throws(ReadError) {
            page = try await context.readModel.query(query, deadline: deadline)
        } catch {
            throw RPCError(error)
        }
        var response = Logdog_QueryResponse()
        response.next = page.next.map { context.cursor.text(of: $0, in: query) } ?? ""
        response.streams = page.hits.map { hit in
            var stream = Logdog_QueryResponse.Stream()
            stream.path = hit.path.text
            if withState {
                stream.state = hit.publicState
                stream.desc = hit.descriptor.message
            }
            return stream
        }
        return response
    }

    private func addPlace(
        of request: Logdog_QueryRequest, to query: inout StreamQuery
    ) throws(RPCError) {
        query.limit = Int(request.maxResults)
        guard !request.next.isEmpty else { return }
        guard let token = context.cursor.token(request.next, in: query) else {
            throw RPCError(.invalidArgument, "invalid next value")
        }
        query.after = token
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
        query.contentType = request.contentType
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
}

extension Logdog_QueryRequest {
    /// Whether only a classic client can have sent it: these fields are gone from the schema.
    fileprivate var asksClassically: Bool { hasNewer || hasOlder || !protoVersion.isEmpty }
}

extension StreamDescriptor {
    /// As a message; empty if it does not decode, which no stored one does.
    var message: Logpb_LogStreamDescriptor {
        do { return try Logpb_LogStreamDescriptor(serializedBytes: bytes) } catch { return .init() }
    }
}

extension Timestamp {
    /// To the microsecond below; the ends of time for what is beyond them.
    fileprivate init(atOrBefore time: Google_Protobuf_Timestamp) {
        let (micro, overflows) = time.seconds.multipliedReportingOverflow(by: 1_000_000)
        let end = time.seconds < 0 ? Int64.min : Int64.max
        let (sum, exceeds) = micro.addingReportingOverflow(Int64(time.nanos) / 1000)
        self.init(microseconds: overflows || exceeds ? end : sum)
    }

    /// To the microsecond above.
    fileprivate init(atOrAfter time: Google_Protobuf_Timestamp) {
        let below = Timestamp(atOrBefore: time)
        let isBetween = time.nanos % 1000 != 0 && below.microseconds < Int64.max
        self.init(microseconds: below.microseconds + (isBetween ? 1 : 0))
    }
}
