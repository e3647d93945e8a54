/// What stands in a page of a log.
struct ViewerMarkup {
    private let text: String

    init(_ page: [UInt8]) { text = String(decoding: page, as: UTF8.self) }

    /// The text of the element with the lines of one density.
    func lines(of density: String) -> String {
        between("<div class=\"lines \(density)\">", "</div>\n<footer>", in: text[...]) ?? "none"
    }

    /// What each line of a full page has.
    var fullLines: [[String: String]] {
        var rest = lines(of: "full")[...]
        var lines: [[String: String]] = []
        while let start = rest.firstRange(of: "<div class=\"line\" id=\"") {
            let end = rest[start.upperBound...].firstRange(of: "</div>\n")?.upperBound
            let line = rest[start.lowerBound..<(end ?? rest.endIndex)]
            lines.append([
                "id": between("<div class=\"line\" id=\"", "\"", in: line) ?? "",
                "timestamp": between("data-timestamp=\"", "\"", in: line) ?? "",
                "delta": between("data-delta=\"", "\"", in: line) ?? "",
                "style": between("style=\"", "\"", in: line) ?? "",
                "label": between("\">", "</div><span", in: line.dropFirst(30)) ?? "",
                "html": between("<span class=\"text\">", "</span>", in: line) ?? "",
            ])
            rest = rest[(end ?? rest.endIndex)...]
        }
        return lines
    }

    private func between(_ start: String, _ end: String, in text: Substring) -> String? {
        guard let first = text.firstRange(of: start) else { return nil }
        let rest = text[first.upperBound...]
        return rest.firstRange(of: end).map { String(rest[..<$0.lowerBound]) }
    }
}
