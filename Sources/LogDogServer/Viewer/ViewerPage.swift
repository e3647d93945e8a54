import Coordinator
import Foundation
import LogDogModel
import LogDogProtos
import Platform

/// A log as a page for people, in two densities (`spec/http.md §2.3`): *lite* is its lines, *full*
/// gives each one its time and colours the pauses.
struct ViewerPage {
    private let project: String
    private let descriptor: StreamDescriptor
    private let isFull: Bool
    private let clock: any Clock
    private let started: Duration
    private var terminal = TerminalText()
    /// When the entry before came, in milliseconds since the stream began. After one at zero
    /// nothing counts as a pause, as after none.
    private var previous: Int64 = 0

    init(of stream: StreamState, isFull: Bool, clock: any Clock) {
        project = stream.project
        descriptor = stream.descriptor
        self.isFull = isFull
        self.clock = clock
        started = clock.monotonic()
    }

    /// Plain text becomes a page; what is of another type keeps it, as the original has it.
    var contentType: String {
        let type = descriptor.contentType
        if type == "text/plain" { return "text/html; charset=utf-8" }
        guard type.hasPrefix("text/plain") else { return type }
        return "text/html" + type.dropFirst("text/plain".count)
    }

    /// What the page may do: run its own script, and nothing that a log brings in.
    static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'self'
        """

    /// Up to where the lines begin.
    var head: String {
        let path = descriptor.path.text
        let title = "\(project) | \(path) | LogDog".htmlEscaped
        var page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
        page += "<meta name=\"viewport\" content=\"width=device-width\">"
        page += "<title>\(title)</title>\n"
        page += "<link rel=\"stylesheet\" href=\"/static/viewer.css\"></head>\n<body>\n<header>"
        page += "<h1>\("\(project)/\(path)".htmlEscaped)</h1>\n<nav>"
        if let viewer = descriptor.tags["logdog.viewer_url"], LinkedText.isURL(viewer) {
            page += "<a href=\"\(LinkedText.attribute(viewer))\">back to build</a>\n"
        }
        page += "<a href=\"?format=raw\">raw</a>\n"
        page += "<a id=\"to-lite\" href=\"?format=lite\"\(current(!isFull))>lite</a>\n"
        page += "<a id=\"to-full\" href=\"?format=full\"\(current(isFull))>full</a>\n"
        page += "<label><input type=\"checkbox\" id=\"wrap\" checked> wrap</label>\n"
        page += "<label><input type=\"checkbox\" id=\"follow\"> follow</label>"
        page += "</nav></header>\n<script src=\"/static/viewer.js\"></script>\n"
        if let notice { page += "<p class=\"notice\">\(notice.htmlEscaped)</p>\n" }
        return page + "<div class=\"lines \(isFull ? "full" : "lite")\">"
    }

    private func current(_ isCurrent: Bool) -> String {
        isCurrent ? " aria-current=\"page\"" : ""
    }

    /// Why there are no lines.
    private var notice: String? {
        let address = "\(project)/\(descriptor.path.text)"
        switch descriptor.streamType {
        case .text: return nil
        case .binary:
            return "This log is binary: it is not shown here. \"logdog cat \(address)\" reads it."
        case .datagram:
            return "This log is made of messages for programs: it is not shown here. "
                + "\"logdog cat \(address)\" reads it."
        }
    }

    /// From behind the last line on.
    func foot(_ message: String) -> String {
        let seconds = (clock.monotonic() - started).seconds
        return "\n</div>\n<footer>\(message.htmlEscaped) Rendered in "
            + String(format: "%.2f", seconds) + " s.</footer>\n</body>\n</html>\n"
    }

    /// Says in place of further lines why there are none.
    func error(_ message: String) -> String {
        "<div class=\"error line\">LOGDOG ERROR: \(message.htmlEscaped)</div>"
    }

    /// The lines of an entry.
    mutating func lines(of entry: Logpb_LogEntry) -> String {
        var markup = ""
        for (number, line) in entry.text.lines.enumerated() {
            let text = terminal.markup(line.value)
            if isFull {
                markup += fullLine(text, "L\(entry.prefixIndex)_\(number)", entry)
            } else {
                markup += text + "\n"
            }
        }
        return markup
    }

    private mutating func fullLine(
        _ text: String, _ id: String, _ entry: Logpb_LogEntry
    ) -> String {
        let offset = entry.timeOffset
        let elapsed = offset.seconds * 1000 + Int64(offset.nanos / 1_000_000)
        let base = descriptor.timestamp.seconds * 1000
        let time = base + Int64(descriptor.timestamp.nanos / 1_000_000) + elapsed
        let delta = previous == 0 ? 0 : elapsed - previous
        previous = elapsed
        let shade = PauseShade(milliseconds: delta)
        return "<div class=\"line\" id=\"\(id)\"><div class=\"timestamp\" "
            + "data-timestamp=\"\(time)\" data-delta=\"\(delta)\" style=\"\(shade.style)\">"
            + "\(Self.label(milliseconds: elapsed))</div>"
            + "<span class=\"text\">\(text)</span></div>\n"
    }

    /// Since the stream began: seconds with a tenth, then coarser.
    static func label(milliseconds: Int64) -> String {
        let seconds = milliseconds / 1000
        if seconds < 300 { return String(format: "%.1fs", Double(milliseconds) / 1000) }
        if seconds < 3600 { return "\(seconds / 60)m \(seconds % 60)s" }
        return "\(seconds / 3600)h \(seconds / 60 % 60)m"
    }
}

extension Duration {
    fileprivate var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
