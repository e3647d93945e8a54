/// Sends requests to the first handler whose path fits; says itself which methods a path has.
package struct Router: HTTPHandler {
    package struct Route: Sendable {
        let pattern: String
        let isPrefix: Bool
        let methods: [String]
        let isBrief: @Sendable (HTTPRequest) -> Bool
        let handler: @Sendable (HTTPRequest) async -> HTTPReply

        /// - Parameters:
        ///   - pattern: a path; one that ends in `*` fits everything that begins like it.
        ///   - isBrief: whether it is answered on the connection's event loop.
        package init(
            _ methods: [String], _ pattern: String,
            isBrief: @escaping @Sendable (HTTPRequest) -> Bool = { _ in false },
            _ handler: @escaping @Sendable (HTTPRequest) async -> HTTPReply
        ) {
            isPrefix = pattern.hasSuffix("*")
            self.pattern = isPrefix ? String(pattern.dropLast()) : pattern
            self.methods = methods
            self.isBrief = isBrief
            self.handler = handler
        }

        func fits(_ path: Substring) -> Bool {
            isPrefix ? path.hasPrefix(pattern) : path == pattern
        }
    }

    private let routes: [Route]

    package init(_ routes: [Route]) { self.routes = routes }

    /// Every path that something is at; `*` stands for the rest of one.
    package var paths: [String] { routes.map { $0.pattern + ($0.isPrefix ? "*" : "") } }

    package func isBrief(_ request: HTTPRequest) -> Bool {
        let path = request.rawPath
        return routes.first { $0.fits(path) && $0.methods.contains(request.method) }?
            .isBrief(request) ?? false
    }

    package func reply(to request: HTTPRequest) async -> HTTPReply {
        let path = request.rawPath
        let fitting = routes.filter { $0.fits(path) }
        guard !fitting.isEmpty else { return .text(404, "nothing is at this path") }
        if let route = fitting.first(where: { $0.methods.contains(request.method) }) {
            return await route.handler(request)
        }
        let allowed = Set(fitting.flatMap(\.methods) + ["OPTIONS"]).sorted()
        var reply =
            request.method == "OPTIONS"
            ? HTTPReply(status: 200) : .text(405, "this method is not allowed here")
        reply.headers.add("Allow", allowed.joined(separator: ", "))
        reply.headers.add("X-Content-Type-Options", "nosniff")
        return reply
    }
}
