import ByteCoding
import RPCStatus

/// Answers `/prpc/<service>/<method>` as `spec/prpc.md` says, level 1.5.
package struct PRPCHandler: HTTPHandler {
    package struct Options: Sendable {
        /// Origins whose pages may call the services that are for browsers, compared exactly;
        /// asked at each call.
        package var allowedOrigins: @Sendable () -> [String] = { [] }
        /// Bytes of a request once inflated.
        package var inflatedBodyLimit = 64 << 20
        /// Replies above this are compressed for callers that take it.
        package var compressionThreshold = 1024
        /// How long a call may take when the caller sets no deadline.
        package var defaultTimeout = Duration.seconds(60)

        package init() {}
    }

    private let services: [String: PRPCService]
    private let options: Options
    /// Is told of errors whose text the caller does not get to see.
    private let onHiddenError: @Sendable (String, RPCError) -> Void

    package init(
        _ services: [PRPCService], options: Options = Options(),
        onHiddenError: @escaping @Sendable (String, RPCError) -> Void = { _, _ in }
    ) {
        self.services = Dictionary(services.map { ($0.name, $0) }) { first, _ in first }
        self.options = options
        self.onHiddenError = onHiddenError
    }

    package func reply(to request: HTTPRequest) async -> HTTPReply {
        let segments = (request.path ?? "")
            .split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard segments.count == 4, !segments[2].isEmpty, !segments[3].isEmpty else {
            var reply = HTTPReply.text(404, "a call is /prpc/<service>/<method>")
            // Without a code clients would take it for a passing fault and try for half a minute.
            reply.headers.add("X-Prpc-Grpc-Code", "\(StatusCode.unimplemented.rawValue)")
            return reply
        }
        switch request.method {
        case "POST": return await call(request, segments[2], segments[3])
        case "OPTIONS": return preflight(request, segments[2])
        default:
            var reply = HTTPReply.text(405, "a call is a POST")
            reply.headers.add("Allow", "OPTIONS, POST")
            return reply
        }
    }

    private func call(
        _ request: HTTPRequest, _ service: String, _ method: String
    ) async -> HTTPReply {
        var format = MessageFormat.binary
        let metadata = ReplyMetadata()
        var reply: HTTPReply
        do throws(CallFailure) {
            guard let method = services[service]?.methods[method] else {
                throw CallFailure(RPCError(.unimplemented, "no such method"))
            }
            let head = try CallHead(request)
            format = head.format
            let body = try self.body(of: request)
            let bytes = try await run(method, body, head, metadata)
            reply = success(bytes, head)
        } catch {
            reply = failure(error, format, "\(service)/\(method)")
        }
        for (name, value) in metadata.all.all { reply.headers.add(name, value) }
        reply.headers.add("X-Content-Type-Options", "nosniff")
        addOriginFields(&reply, request, service, isPreflight: false)
        return reply
    }

    private func run(
        _ method: PRPCMethod, _ body: (bytes: [UInt8], format: MessageFormat), _ head: CallHead,
        _ metadata: ReplyMetadata
    ) async throws(CallFailure) -> [UInt8] {
        let timeout = head.timeout ?? options.defaultTimeout
        let deadline = ContinuousClock.now.advanced(by: timeout)
        let call = PRPCCall(
            deadline: deadline, metadata: head.metadata, authorization: head.authorization,
            reply: metadata)
        do throws(RPCError) {
            let reply = try await Deadline.run(until: deadline) { () async throws(RPCError) in
                try await method.run(body.bytes, body.format, call)
            }
            let bytes = try MessageCoding.encode(reply, head.format)
            if let limit = head.maximumReply, bytes.count > limit {
                throw CallFailure.tooBig(size: bytes.count, limit: limit)
            }
            return bytes
        } catch {
            // Only what the protocol itself refuses has details.
            throw CallFailure(error, isProtocolError: !error.details.isEmpty)
        }
    }

    private func body(
        of request: HTTPRequest
    ) throws(CallFailure) -> (bytes: [UInt8], format: MessageFormat) {
        guard let format = MessageFormat(contentType: request.headers["content-type"]) else {
            throw CallFailure(
                RPCError(.invalidArgument, "the Content-Type is not one of pRPC"), status: 415)
        }
        guard request.headers["content-encoding"] == "gzip" else {
            return (request.body, format)
        }
        var inflated: [UInt8] = []
        do throws(DeflateError) {
            try Inflater(envelope: .gzip).inflate(
                request.body[...], into: &inflated, limit: options.inflatedBodyLimit)
        } catch {
            if case .tooLong(let limit) = error {
                throw CallFailure(
                    RPCError(.unavailable, "the body inflates to more than \(limit) bytes"),
                    isProtocolError: true)
            }
            throw CallFailure(RPCError(.invalidArgument, "the body is no gzip stream"))
        }
        return (inflated, format)
    }

    private func success(_ bytes: [UInt8], _ head: CallHead) -> HTTPReply {
        var headers: HTTPFields = [
            "Content-Type": head.format.contentType, "X-Prpc-Grpc-Code": "0",
        ]
        var body = bytes
        if head.acceptsGzip, bytes.count > options.compressionThreshold {
            body = []
            Deflater(level: 1, envelope: .gzip).deflate(bytes[...], into: &body)
            headers.add("Content-Encoding", "gzip")
        }
        return HTTPReply(status: 200, headers: headers, body: .bytes(body))
    }

    private func failure(
        _ failure: CallFailure, _ format: MessageFormat, _ method: String
    ) -> HTTPReply {
        let error = failure.error
        let status = failure.status ?? error.code.httpStatus
        let isHidden = status >= 500 && !failure.isProtocolError
        // Whoever asks for what is not there knows it best.
        if isHidden, error.code != .unimplemented { onHiddenError(method, error) }
        var headers: HTTPFields = [
            "Content-Type": "text/plain; charset=utf-8",
            "X-Prpc-Grpc-Code": "\(error.code.rawValue)",
        ]
        for detail in error.details {
            headers.add("X-Prpc-Status-Details-Bin", StatusDetail.header(detail, format))
        }
        if let pause = error.retryAfter {
            headers.add("Retry-After", "\(pause.wholeSecondsUp)")
        }
        let text = isHidden ? error.code.genericText : error.message
        return HTTPReply(
            status: status, headers: headers, body: .bytes(Array((text + "\n").utf8)))
    }

    private func preflight(_ request: HTTPRequest, _ service: String) -> HTTPReply {
        var reply = HTTPReply(status: 200)
        addOriginFields(&reply, request, service, isPreflight: true)
        return reply
    }

    /// `spec/prpc.md §7`.
    private func addOriginFields(
        _ reply: inout HTTPReply, _ request: HTTPRequest, _ service: String, isPreflight: Bool
    ) {
        guard let origin = request.headers["origin"],
            services[service]?.isForBrowsers == true, options.allowedOrigins().contains(origin)
        else { return }
        reply.headers.add("Access-Control-Allow-Origin", origin)
        reply.headers.add("Vary", "Origin")
        reply.headers.add("Access-Control-Allow-Credentials", "true")
        guard isPreflight else {
            reply.headers.add(
                "Access-Control-Expose-Headers", "X-Prpc-Grpc-Code, X-Prpc-Status-Details-Bin")
            return
        }
        reply.headers.add(
            "Access-Control-Allow-Headers",
            "Origin, Content-Type, Accept, Authorization, X-Prpc-Grpc-Timeout, "
                + "X-Prpc-Max-Response-Size")
        reply.headers.add("Access-Control-Allow-Methods", "OPTIONS, POST")
        reply.headers.add("Access-Control-Max-Age", "600")
    }
}
