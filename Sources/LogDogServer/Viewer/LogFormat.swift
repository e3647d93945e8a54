import PRPCServer

/// How a reader of `/logs/` wants to see a log (`spec/http.md §2.1`).
enum LogFormat: Equatable {
    case raw
    case lite
    case full

    /// Tools that are told nothing get plain text, browsers a page.
    private static let plainTools: Set<String> = ["curl", "wget", "python-urllib"]

    init(of request: HTTPRequest) {
        switch request.query("format")?.lowercased() ?? "" {
        case "raw": self = .raw
        case "lite": self = .lite
        case "full": self = .full
        case "":
            let product = (request.headers["user-agent"] ?? "").prefix { $0 != "/" }.lowercased()
            self = Self.plainTools.contains(product) ? .raw : Self.byCookie(request)
        default: self = Self.byCookie(request)
        }
    }

    private static func byCookie(_ request: HTTPRequest) -> LogFormat {
        let cookies = (request.headers["cookie"] ?? "").split(separator: ";")
        return cookies.contains { $0.drop { $0 == " " } == "html-mode=full" } ? .full : .lite
    }
}

extension String {
    /// As text inside an HTML element.
    var htmlEscaped: String {
        reduce(into: "") { escaped, character in
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&#34;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
    }
}
