import AccessControl
import LogDogServices
import PRPCServer
import RPCStatus
import Tumble

/// Pages for those who run the server: whether it lives, whether it is ready, what it counts.
///
/// `/healthz` and the first line of `/readyz` are for anybody; the rest names files, callers and
/// load, and is for administrators and services.
struct OperatorPages: Sendable {
    private let context: ServiceContext
    private let metrics: ServerMetrics
    private let archival: ArchivalHealth
    private let configuration: ConfigurationKeeper?

    init(
        _ context: ServiceContext, _ metrics: ServerMetrics, _ archival: ArchivalHealth,
        _ configuration: ConfigurationKeeper?
    ) {
        self.context = context
        self.metrics = metrics
        self.archival = archival
        self.configuration = configuration
    }

    func metrics(_ request: HTTPRequest) async -> HTTPReply {
        do throws(RPCError) {
            let caller = try await context.authority.identify(request.headers["authorization"])
            guard isOperator(caller) else { throw Self.denied(caller) }
        } catch {
            return .refusal(error)
        }
        return HTTPReply(
            status: 200, headers: ["Content-Type": "text/plain; version=0.0.4; charset=utf-8"],
            body: .bytes(Array(metrics.registry.text.utf8)))
    }

    func readiness(_ request: HTTPRequest) async -> HTTPReply {
        let status = context.processor.status
        var reasons: [String] = []
        if let failure = status.failure {
            reasons.append("the journal has stopped; restart the server: \(failure)")
        } else if let reason = status.readOnlyReason {
            reasons.append("read-only: \(reason)")
        }
        let isReady = reasons.isEmpty
        var detail: [String] = []
        if await mayLook(request) {
            detail = reasons + (configuration?.status.detail ?? []) + archival.problems
        }
        return .text(
            isReady ? 200 : 503,
            ([isReady ? "ready" : "not ready"] + detail).joined(separator: "\n"))
    }

    private func mayLook(_ request: HTTPRequest) async -> Bool {
        do throws(RPCError) {
            return isOperator(
                try await context.authority.identify(request.headers["authorization"]))
        } catch {
            // Whoever probes with a bad token still learns whether the server is ready.
            return false
        }
    }

    private func isOperator(_ caller: Caller) -> Bool {
        context.authority.isAdministrator(caller) || context.authority.isService(caller)
    }

    private static func denied(_ caller: Caller) -> RPCError {
        RPCError(
            caller.isAnonymous ? .unauthenticated : .permissionDenied,
            "this page is for administrators and services")
    }
}

extension HTTPReply {
    /// A refusal in one line, with its code where clients look for it.
    static func refusal(_ error: RPCError) -> HTTPReply {
        var reply = HTTPReply.text(error.code.httpStatus, error.message)
        reply.headers.add("X-Prpc-Grpc-Code", "\(error.code.rawValue)")
        if let pause = error.retryAfter {
            reply.headers.add("Retry-After", "\(pause.wholeSecondsUp)")
        }
        return reply
    }
}
