/// Sends requests to the first handler whose path fits.
package struct Router: HTTPHandler {
    package struct Route: Sendable {
        let pattern: String
        let isPrefix: Bool
        let methods: [String]
        let handler: @Sendable (HTTPRequest) async -> HTTPReply

        /// - Parameter pattern: a path; one that ends in `*` fits everything that begins like it.
        package init(
            _ methods: [String], _ pattern: String,
            _ handler: @escaping @Sendable (HTTPRequest) async -> HTTPReply
        ) {
            isPrefix = pattern.hasSuffix("*")
            self.pattern = isPrefix ? String(pattern.dropLast()) : pattern
            self.methods = methods
            self.handler = handler
        }

        func fits(_ path: Substring) -> Bool {
            isPrefix ? path.hasPrefix(pattern) : path == pattern
        }
    }

    private let routes: [Route]

    package init(_ routes: [Route]) { self.routes = routes }

    package func reply(to request: HTTPRequest) async -> HTTPReply {
        let path = request.rawPath
        let fitting = routes.filter { $0.fits(path) }
        guard !fitting.isEmpty else { return .text(404, "nothing is at this path") }
        guard let route = fitting.first(where: { $0.methods.contains(request.method) }) else {
            var reply = HTTPReply.text(405, "this method is not allowed here")
            let allowed = Set(fitting.flatMap(\.methods)).sorted()
            reply.headers.add("Allow", allowed.joined(separator: ", "))
            return reply
        }
        return await route.handler(request)
    }
}
