import AccessControl
import Coordinator
import LogDogModel
import LogDogProtos
import LogDogServices
import PRPCServer
import Platform
import RPCStatus
import ReadModels
import SwiftProtobuf

/// `GET /logs/<project>/<path>`: a stream as raw text or as a page, followed to its end, or with
/// `follow=1` as server-sent events (`spec/http.md §2`).
struct LogPage: Sendable {
    private let logs: LogsService
    private let readModel: ReadModel
    private let places: FollowerPlaces
    private let clock: any Clock
    private let context: ServiceContext

    init(_ context: ServiceContext, places: FollowerPlaces) {
        clock = context.clock
        self.context = context
        logs = LogsService(context)
        readModel = context.readModel
        self.places = places
    }

    func reply(to request: HTTPRequest) async -> HTTPReply {
        guard let path = request.path, path.hasPrefix("/logs") else {
            return .text(400, "the path does not decode")
        }
        let parts = path.dropFirst("/logs".count).drop { $0 == "/" }
            .split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return .text(400, "a log is /logs/<project>/<path>") }
        let stream: StreamState
        let caller: Caller
        do throws(RPCError) {
            caller = try await context.authority.identify(request.headers["authorization"])
            try context.payRequest(caller)
            // Purged streams are shown here, as the original does.
            stream = try await logs.find(
                String(parts[1]), in: String(parts[0]),
                caller, showPurged: true
            ).stream
        } catch {
            return failure(error, isPage: LogFormat(of: request) != .raw)
        }
        do throws(RPCError) {
            let place = try FollowPermit(
                places.take(), context.openTail(of: stream.project, caller))
            if request.query("follow") == "1" { return events(of: stream, request, place) }
            let format = LogFormat(of: request)
            return format == .raw
                ? raw(stream, place) : page(of: stream, isFull: format == .full, place)
        } catch {
            if error.retryAfter != nil { return .refusal(error) }
            // 429 would blame the client; 503 says that it may come again.
            var reply = HTTPReply.text(503, error.message)
            reply.headers.add("X-Prpc-Grpc-Code", "\(error.code.rawValue)")
            reply.headers.add("Retry-After", "5")
            return reply
        }
    }

    /// A page that says what is wrong, to those who asked for a page.
    private func failure(_ error: RPCError, isPage: Bool) -> HTTPReply {
        let text = "ERROR: start fetch: \(error.message)"
        let page =
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>error</title>"
            + "<link rel=\"stylesheet\" href=\"/static/viewer.css\"></head>"
            + "<body><p class=\"notice wrong\">\(text.htmlEscaped)</p></body></html>\n"
        return HTTPReply(
            status: error.code.httpStatus,
            headers: ["Content-Type": "text/\(isPage ? "html" : "plain"); charset=utf-8"],
            body: .bytes(Array((isPage ? page : text).utf8)))
    }

    private func raw(_ stream: StreamState, _ place: FollowPermit) -> HTTPReply {
        // What a log calls itself may be markup: it runs no script and reaches nothing of ours.
        let headers = headers(
            stream.descriptor.contentType, policy: "default-src 'none'; sandbox")
        // Only text is served.
        guard stream.descriptor.streamType == .text else {
            return HTTPReply(status: 200, headers: headers)
        }
        let readModel = readModel
        return HTTPReply(
            status: 200, headers: headers,
            body: .stream { writer in
                defer { withExtendedLifetime(place) {} }
                var pages = readModel.follow(stream.id, from: 0).makeAsyncIterator()
                while let page = try await pages.nextPage() {
                    var bytes: [UInt8] = []
                    for entry in page { try RawRendering.append(entry.bytes, to: &bytes) }
                    if !bytes.isEmpty { try await writer.write(bytes) }
                }
            })
    }

    /// The lines as a page that grows until the log ends.
    private func page(
        of stream: StreamState, isFull: Bool, _ place: FollowPermit
    ) -> HTTPReply {
        let readModel = readModel
        let viewer = ViewerPage(of: stream, isFull: isFull, clock: clock)
        return HTTPReply(
            status: 200, headers: headers(viewer.contentType, policy: ViewerPage.policy),
            body: .stream { writer in
                defer { withExtendedLifetime(place) {} }
                var viewer = viewer
                try await writer.write(Array(viewer.head.utf8))
                do {
                    try await Self.writeLines(of: stream, from: readModel, &viewer, to: writer)
                } catch let error as ReadError {
                    let message = viewer.error(RPCError(error).message)
                    try await writer.write(Array(message.utf8))
                    try await writer.write(Array(viewer.foot("Not the end of the log.").utf8))
                    return
                }
                try await writer.write(Array(viewer.foot("End of log.").utf8))
            })
    }

    private static func writeLines(
        of stream: StreamState, from readModel: ReadModel, _ viewer: inout ViewerPage,
        to writer: HTTPBodyWriter
    ) async throws {
        guard stream.descriptor.streamType == .text else { return }
        var pages = readModel.follow(stream.id, from: 0).makeAsyncIterator()
        while let page = try await pages.nextPage() {
            var markup = ""
            for entry in page {
                let message = try Logpb_LogEntry(serializedBytes: Array(entry.bytes))
                markup += viewer.lines(of: message)
            }
            if !markup.isEmpty { try await writer.write(Array(markup.utf8)) }
        }
    }

    private func headers(_ contentType: String, policy: String) -> HTTPFields {
        [
            "Content-Type": contentType, "X-Accel-Buffering": "no",
            "X-Content-Type-Options": "nosniff", "Content-Security-Policy": policy,
            "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        ]
    }

    private func events(
        of stream: StreamState, _ request: HTTPRequest, _ place: FollowPermit
    ) -> HTTPReply {
        let first: UInt64
        if let last = request.headers["last-event-id"], !last.isEmpty {
            guard let index = UInt64(last), index < UInt64(Int64.max) else {
                return .text(400, "Last-Event-ID is no stream index")
            }
            first = index + 1
        } else {
            first = 0
        }
        let follower = EventFollower(readModel: readModel, stream: stream.id, first: first)
        return HTTPReply(
            status: 200,
            headers: [
                "Content-Type": "text/event-stream", "Cache-Control": "no-cache",
                "X-Accel-Buffering": "no",
            ],
            body: .stream { writer in
                defer { withExtendedLifetime(place) {} }
                try await follower.run(writer)
            })
    }
}
