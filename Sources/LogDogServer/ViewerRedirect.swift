import PRPCServer

/// `GET /v/?s=<project>/<path>`, as older links have it: leads to the page of the first stream that
/// is named (`spec/http.md §1.1`). Other parameters are handed on.
enum ViewerRedirect {
    static func reply(to request: HTTPRequest) -> HTTPReply {
        guard let stream = request.query("s") else {
            return .text(400, "s names no stream: /v/?s=<project>/<path>")
        }
        let others = request.queryParameters.filter { $0.name != "s" }
            .sorted { $0.name < $1.name }
            .map { "\(PercentCoding.encode($0.name))=\(PercentCoding.encode($0.value))" }
        let path = "/logs/" + PercentCoding.encode(stream, keeping: "/+:")
        let query = others.isEmpty ? "" : "?" + others.joined(separator: "&")
        return .redirect(302, to: path + query)
    }
}
