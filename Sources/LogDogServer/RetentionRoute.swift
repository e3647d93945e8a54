import AccessControl
import Archivist
import Coordinator
import Foundation
import LogDogModel
import LogDogServices
import PRPCServer
import RPCStatus
import ReadModels
import Tumble

/// `/admin/v1/retention`, for administrators: what retention and the rewriting of the journal are
/// doing (`GET`), what they would do (`GET …/plan`), and orders to them (`POST …/pause`,
/// `…/resume`, `…/look`, and `…/hold` with `{"project": …, "prefix": …, "held": true}`).
struct RetentionRoute: Sendable {
    static let path = "/admin/v1/retention"

    private let context: ServiceContext
    private let rewriting: JournalRewriting
    private let sweep: RetentionSweep

    init(_ context: ServiceContext, _ rewriting: JournalRewriting, _ sweep: RetentionSweep) {
        self.context = context
        self.rewriting = rewriting
        self.sweep = sweep
    }

    private struct Hold: Decodable {
        var project: String
        var prefix: String
        var held: Bool
    }

    func reply(to request: HTTPRequest) async -> HTTPReply {
        do throws(RPCError) {
            let caller = try await context.authority.identify(request.headers["authorization"])
            guard context.authority.isAdministrator(caller) else {
                throw RPCError(.permissionDenied, "this is for administrators")
            }
        } catch {
            return .refusal(error)
        }
        // A form of a foreign page could not send this type: so a browser asks us first.
        let type = (request.headers["content-type"] ?? "").prefix { $0 != ";" }
        guard request.method == "GET" || type.lowercased() == "application/json" else {
            return .text(415, "the body is application/json")
        }
        do throws(RPCError) {
            switch (request.method, request.rawPath.dropFirst(Self.path.count)) {
            case ("GET", ""): return .json(status)
            case ("GET", "/plan"): return await plan()
            case ("POST", "/pause"): return try await pause(true)
            case ("POST", "/resume"): return try await pause(false)
            case ("POST", "/look"):
                await LogDogServer.onThread { [sweep] in sweep.lookNow() }
                await rewriting.lookNow()
                return .json(status)
            case ("POST", "/hold"): return try await hold(request)
            default:
                return .text(
                    404, "there are GET, GET /plan, POST /pause, /resume, /look and /hold")
            }
        } catch {
            return .refusal(error)
        }
    }

    private var status: RetentionAnswer {
        RetentionAnswer(
            context.readModel.retention, sweep.status, context.readModel.removals,
            context.processor.status.stuckEffects, rewriting.status)
    }

    /// Journaled first: it holds across restarts.
    private func pause(_ isPaused: Bool) async throws(RPCError) -> HTTPReply {
        _ = try await context.submit(.pauseRetention(PauseRetention(isPaused: isPaused)))
        if isPaused { rewriting.pause() } else { rewriting.resume() }
        return .json(status)
    }

    private func hold(_ request: HTTPRequest) async throws(RPCError) -> HTTPReply {
        let order: Hold
        do {
            order = try JSONDecoder().decode(Hold.self, from: Data(request.body))
        } catch {
            throw RPCError(
                .invalidArgument,
                #"the body is {"project": "…", "prefix": "…", "held": true or false}"#)
        }
        let hash = HashID.ofPrefix(order.prefix)
        guard let prefix = try await context.prefix(project: order.project, hash: hash) else {
            throw RPCError(.notFound, "no such prefix")
        }
        _ = try await context.submit(.holdPrefix(HoldPrefix(prefix.id, isHeld: order.held)))
        return .text(200, order.held ? "held" : "released")
    }

    private func plan() async -> HTTPReply {
        let streams = await withCheckedContinuation { done in
            Thread { [sweep] in
                do throws(RetentionTrouble) {
                    done.resume(returning: Result<_, RetentionTrouble>.success(try sweep.plan()))
                } catch {
                    done.resume(returning: .failure(error))
                }
            }.start()
        }
        do {
            return .json(PlanAnswer(try streams.get(), try await rewriting.forecast()))
        } catch {
            return .text(500, "\(error)")
        }
    }
}

extension HTTPReply {
    /// An object, with its members in the order of their names.
    fileprivate static func json(_ answer: some Encodable) -> HTTPReply {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        do {
            return HTTPReply(
                status: 200, headers: ["Content-Type": "application/json"],
                body: .bytes(Array(try encoder.encode(answer)) + [0x0a]))
        } catch {
            return .text(500, "\(error)")
        }
    }
}
