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
/// their callers, are paid for and are counted.
struct RPCMount: Sendable {
    private let service: String
    private let context: ServiceContext
    private let metrics: ServerMetrics

    /// - Parameter service: as metrics name it.
    init(_ service: String, _ context: ServiceContext, _ metrics: ServerMetrics) {
        self.service = service
        self.context = context
        self.metrics = metrics
    }

    /// A method whose reply is a message.
    func method<Request: Message, Reply: Message>(
        _ name: String,
        _ body: @escaping @Sendable (Request, IdentifiedCall) async throws(RPCError) -> Reply
    ) -> PRPCMethod {
        let calls = metrics.calls(of: "\(service).\(name)")
        return PRPCMethod(name) { (request: Request, call) async throws(RPCError) -> Reply in
            try await run(calls, call) { (call) async throws(RPCError) in
                try await body(request, call)
            }
        }
    }

    /// A method that needs to know of a call no more than who makes it.
    func method<Request: Message, Reply: Message>(
        _ name: String,
        _ body: @escaping @Sendable (Request, Caller) async throws(RPCError) -> Reply
    ) -> PRPCMethod {
        method(name) { (request: Request, call) async throws(RPCError) in
            try await body(request, call.caller)
        }
    }

    /// A method whose reply knows its binary form.
    func encodable<Request: Message, Reply: PRPCReply>(
        _ name: String,
        _ body: @escaping @Sendable (Request, IdentifiedCall) async throws(RPCError) -> Reply
    ) -> PRPCMethod {
        let calls = metrics.calls(of: "\(service).\(name)")
        return PRPCMethod(
            name,
            encodable: { (request: Request, call) async throws(RPCError) -> Reply in
                try await run(calls, call) { (call) async throws(RPCError) in
                    try await body(request, call)
                }
            })
    }

    private func run<Reply>(
        _ calls: CallMetrics, _ call: PRPCCall,
        _ body: (IdentifiedCall) async throws(RPCError) -> Reply
    ) async throws(RPCError) -> Reply {
        let start = context.clock.monotonic()
        var code = StatusCode.ok
        defer { calls.count(code, took: context.clock.monotonic() - start) }
        do throws(RPCError) {
            let caller = try await context.authority.identify(call.authorization)
            try context.payRequest(caller)
            return try await body(IdentifiedCall(caller: caller, deadline: call.deadline))
        } catch {
            code = error.code
            throw error
        }
    }
}
