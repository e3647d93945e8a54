import AccessControl
import Foundation
import Journal
import PRPCServer
import RPCStatus
import ReadModels

/// `/admin/v1/rewriting`, for administrators: what the rewriting of the journal is doing (`GET`),
/// what it would do (`GET …/plan`), and orders to it (`POST …/pause`, `…/resume`, `…/look`).
struct RewritingRoute: Sendable {
    static let path = "/admin/v1/rewriting"

    private let rewriting: JournalRewriting
    private let authority: any Authority

    init(_ rewriting: JournalRewriting, _ authority: any Authority) {
        self.rewriting = rewriting
        self.authority = authority
    }

    func reply(to request: HTTPRequest) async -> HTTPReply {
        do throws(RPCError) {
            let caller = try await authority.identify(request.headers["authorization"])
            guard authority.isAdministrator(caller) else {
                throw RPCError(.permissionDenied, "this is for administrators")
            }
        } catch {
            return .text(error.code.httpStatus, error.message)
        }
        // A form of a foreign page could not send this type: so a browser asks us first.
        let type = (request.headers["content-type"] ?? "").prefix { $0 != ";" }
        guard request.method == "GET" || type.lowercased() == "application/json" else {
            return .text(415, "the body is application/json")
        }
        switch (request.method, request.rawPath.dropFirst(Self.path.count)) {
        case ("GET", ""): return .json(StatusAnswer(rewriting.status))
        case ("GET", "/plan"): return await plan()
        case ("POST", "/pause"):
            rewriting.pause()
            return .json(StatusAnswer(rewriting.status))
        case ("POST", "/resume"):
            rewriting.resume()
            return .json(StatusAnswer(rewriting.status))
        case ("POST", "/look"):
            await rewriting.lookNow()
            return .json(StatusAnswer(rewriting.status))
        default: return .text(404, "there are GET, GET /plan, POST /pause, /resume and /look")
        }
    }

    private func plan() async -> HTTPReply {
        do throws(JournalError) {
            return .json(PlanAnswer(try await rewriting.forecast()))
        } catch {
            return .text(500, "\(error)")
        }
    }
}

/// `RewritingStatus` as JSON.
private struct StatusAnswer: Encodable {
    var activity: String
    var segments: [UInt64] = []
    var inflatedBytes = 0
    var looks: Int
    var rewritings: Int
    var mergedSegments: Int
    var recordsLeftOut: UInt64
    var bytesBefore: Int
    var bytesAfter: Int
    var lastFailure: String?

    init(_ status: RewritingStatus) {
        switch status.activity {
        case .waiting: activity = "waiting"
        case .looking: activity = "looking"
        case .paused: activity = "paused"
        case .stopped: activity = "stopped"
        case .rewriting(let segments, let bytes):
            activity = "rewriting"
            self.segments = segments.map(\.rawValue)
            inflatedBytes = bytes
        }
        looks = status.looks
        rewritings = status.rewritings
        mergedSegments = status.merged
        recordsLeftOut = status.leftOut
        bytesBefore = status.bytesBefore
        bytesAfter = status.bytesAfter
        lastFailure = status.lastFailure.map { "\($0)" }
    }
}

/// `RewriteForecast` as JSON.
private struct PlanAnswer: Encodable {
    struct Job: Encodable {
        var segments: [UInt64]
        var bytes: Int
        var bytesLeft: Int
        var when: String
    }

    var unwantedStreams: Int
    var sealedSegments: Int
    var sealedBytes: Int
    var rewritings: [Job]

    init(_ forecast: RewriteForecast) {
        unwantedStreams = forecast.streams
        sealedSegments = forecast.sealedSegments
        sealedBytes = forecast.sealedBytes
        rewritings = forecast.jobs.map {
            Job(
                segments: $0.segments.map(\.rawValue), bytes: $0.bytes, bytesLeft: $0.bytesLeft,
                when: $0.isUrgent ? "next" : "quiet")
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
