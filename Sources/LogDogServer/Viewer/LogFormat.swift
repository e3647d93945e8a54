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
        let special = Set("&<>\"'".utf8)
        guard utf8.contains(where: special.contains) else { return self }
        var escaped: [UInt8] = []
        escaped.reserveCapacity(utf8.count + 16)
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "&"): escaped += "&amp;".utf8
            case UInt8(ascii: "<"): escaped += "&lt;".utf8
            case UInt8(ascii: ">"): escaped += "&gt;".utf8
            case UInt8(ascii: "\""): escaped += "&#34;".utf8
            case UInt8(ascii: "'"): escaped += "&#39;".utf8
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}
