import Foundation
import LogDogServices
import PRPCServer
import RPCStatus

/// `POST /admin/v1/purge` with `{"project": …, "path": …, "purged": true}`: hides a stream from
/// everybody but administrators, or with `false` shows it again.
///
/// LogDog has no call for that: the original's administrators edit its database.
struct PurgeRoute: Sendable {
    private let logs: LogsService
    private let context: ServiceContext

    init(_ context: ServiceContext) {
        logs = LogsService(context)
        self.context = context
    }

    private struct Order: Decodable {
        var project: String
        /// A stream path or a hash id.
        var path: String
        var purged: Bool
    }

    func reply(to request: HTTPRequest) async -> HTTPReply {
        // A form of a foreign page could not send this type: so a browser asks us first.
        let type = (request.headers["content-type"] ?? "").prefix { $0 != ";" }
        guard type.lowercased() == "application/json" else {
            return .text(415, "the body is application/json")
        }
        let order: Order
        do {
            order = try JSONDecoder().decode(Order.self, from: Data(request.body))
        } catch {
            return .text(
                400, #"the body is {"project": "…", "path": "…", "purged": true or false}"#)
        }
        do throws(RPCError) {
            let caller = try await context.authority.identify(request.headers["authorization"])
            try context.payRequest(caller)
            try await logs.purge(
                order.path, in: order.project, isPurged: order.purged, caller)
            return .text(200, order.purged ? "purged" : "shown")
        } catch {
            return .refusal(error)
        }
    }
}
