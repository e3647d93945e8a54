import AccessControl
import LogDogProtos
import RPCStatus
import SwiftProtobuf

extension ServicesService {
    /// Most bytes of a reply: what does not fit is left out, and the client asks for it again.
    static let batchReplyLimit = 32_505_856
    /// Entries that run at once.
    private static let batchWorkers = 8

    /// Several calls at once, each on its own (`spec/rpc.md §13`).
    package func batch(
        _ request: Logdog_BatchRequest, _ caller: Caller
    ) async throws(RPCError) -> Logdog_BatchResponse {
        try requireService(caller)
        var response = Logdog_BatchResponse()
        var size = 0
        await withTaskGroup(of: Logdog_BatchResponse.Entry.self) { group in
            for (index, entry) in request.req.enumerated() {
                if index >= Self.batchWorkers, let reply = await group.next() {
                    Self.add(reply, to: &response, &size)
                }
                group.addTask { await self.answer(entry, at: index, caller) }
            }
            for await reply in group { Self.add(reply, to: &response, &size) }
        }
        return response
    }

    /// At least one reply is always given: the original's client takes none for a fault.
    private static func add(
        _ reply: Logdog_BatchResponse.Entry, to response: inout Logdog_BatchResponse,
        _ size: inout Int
    ) {
        let length: Int
        do { length = try (reply.serializedBytes() as [UInt8]).count } catch { return }
        guard size + length <= batchReplyLimit else {
            guard response.resp.isEmpty else { return }
            var refusal = Logdog_BatchResponse.Entry()
            refusal.index = reply.index
            refusal.err = error(RPCError(.resourceExhausted, "the reply is too large"))
            response.resp.append(refusal)
            return
        }
        size += length
        response.resp.append(reply)
    }

    private func answer(
        _ entry: Logdog_BatchRequest.Entry, at index: Int, _ caller: Caller
    ) async -> Logdog_BatchResponse.Entry {
        var reply = Logdog_BatchResponse.Entry()
        reply.index = Int32(clamping: index)
        do throws(RPCError) {
            switch entry.value {
            case .registerStream(let request):
                reply.registerStream = try await registerStream(request, caller)
            case .loadStream(let request):
                reply.loadStream = try await loadStream(request, caller)
            case .terminateStream(let request):
                _ = try await terminateStream(request, caller)
            case .archiveStream(let request): _ = try await archiveStream(request, caller)
            case nil: throw RPCError(.invalidArgument, "the entry has no call")
            }
        } catch {
            reply.err = Self.error(error)
        }
        return reply
    }

    static func error(_ error: RPCError) -> Logdog_Error {
        var message = Logdog_Error()
        message.grpcCode = error.code.rawValue
        message.transient = [.internal, .unknown, .unavailable, .deadlineExceeded]
            .contains(error.code)
        return message
    }
}
