import AccessControl
import LogDogServices
import PRPCServer
import RPCStatus
import SwiftProtobuf

/// A call whose sender is known.
struct IdentifiedCall: Sendable {
    let caller: Caller
    /// When the caller stops waiting.
    let deadline: ContinuousClock.Instant?
}

/// Makes pRPC methods of functions that want to know who calls: the one place where calls find
/// their callers.
struct RPCMount: Sendable {
    private let authority: any Authority

    init(_ context: ServiceContext) { authority = context.authority }

    /// A method whose reply is a message.
    func method<Request: Message, Reply: Message>(
        _ name: String,
        _ body: @escaping @Sendable (Request, IdentifiedCall) async throws(RPCError) -> Reply
    ) -> PRPCMethod {
        PRPCMethod(name) { (request: Request, call) async throws(RPCError) -> Reply in
            try await body(request, try await identified(call))
        }
    }

    /// A method whose reply knows its binary form.
    func encodable<Request: Message, Reply: PRPCReply>(
        _ name: String,
        _ body: @escaping @Sendable (Request, IdentifiedCall) async throws(RPCError) -> Reply
    ) -> PRPCMethod {
        PRPCMethod(
            name,
            encodable: { (request: Request, call) async throws(RPCError) -> Reply in
                try await body(request, try await identified(call))
            })
    }

    private func identified(_ call: PRPCCall) async throws(RPCError) -> IdentifiedCall {
        IdentifiedCall(
            caller: try await authority.identify(call.authorization), deadline: call.deadline)
    }
}
