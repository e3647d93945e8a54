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

    /// Up to where the lines begin.
    var head: String {
        let path = descriptor.path.text
        let title = "\(project) | \(path) | LogDog".htmlEscaped
        var page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
        page += "<meta name=\"viewport\" content=\"width=device-width\">"
        page += "<title>\(title)</title>\n<style>\(Self.style)</style></head>\n<body>\n<header>"
        page += "<h1>\("\(project)/\(path)".htmlEscaped)</h1>\n<nav>"
        if let viewer = descriptor.tags["logdog.viewer_url"], LinkedText.isURL(viewer) {
            page += "<a href=\"\(LinkedText.attribute(viewer))\">back to build</a>\n"
        }
        page += "<a href=\"?format=raw\">raw</a>\n"
        page += "<a id=\"to-lite\" href=\"?format=lite\">lite</a>\n"
        page += "<a id=\"to-full\" href=\"?format=full\">full</a>"
        page += "</nav></header>\n<script>\(Self.script)</script>\n"
        return page + "<div class=\"lines \(isFull ? "full" : "lite")\">"
    }

    /// From behind the last line on.
    func foot(_ message: String) -> String {
        let seconds = (clock.monotonic() - started).seconds
        return "\n</div>\n<footer>\(message.htmlEscaped) Rendered in "
            + String(format: "%.2f", seconds) + " s.</footer>\n</body>\n</html>\n"
    }

    /// The lines of an entry.
    mutating func lines(of entry: Logpb_LogEntry) -> String {
        var markup = ""
        for (number, line) in entry.text.lines.enumerated() {
            let text = LinkedText.markup(String(decoding: line.value, as: UTF8.self))
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

    private static let style = """
        body{font:14px/1.4 system-ui,sans-serif;margin:0;color:#222;background:#fff}\
        header{position:sticky;top:0;background:#fff;border-bottom:1px solid #ddd;padding:6px 12px}\
        h1{font-size:15px;margin:0;overflow-wrap:anywhere}nav a{margin-right:12px}\
        .lines{font:12px/1.45 ui-monospace,monospace;padding:8px 12px;white-space:pre-wrap;\
        overflow-wrap:anywhere}.lines.full{white-space:normal}\
        .line{display:flex}.line:target{background:#fffbd6}\
        .timestamp{flex:0 0 76px;text-align:right;padding:0 6px;margin-right:8px;cursor:pointer;\
        color:#666}.text{white-space:pre-wrap}footer{padding:8px 12px;color:#666}\
        @media(prefers-color-scheme:dark){body,header{background:#1b1b1b;color:#ddd}\
        a{color:#8ab4f8}.line:target{background:#4a4520}}
        """

    /// Remembers the density, links each line, and tells a time when it is pointed at.
    private static let script = """
        for(const mode of ['lite','full'])document.getElementById('to-'+mode).onclick=e=>{\
        e.preventDefault();document.cookie='html-mode='+mode+'; path=/';\
        location.search='';};\
        document.addEventListener('click',e=>{const t=e.target;\
        if(t.className==='timestamp')location.hash=t.parentElement.id;});\
        document.addEventListener('mouseover',e=>{const t=e.target;\
        if(t.className!=='timestamp'||t.title)return;const d=new Date(+t.dataset.timestamp);\
        const la=d.toLocaleString(undefined,{timeZone:'America/Los_Angeles',timeZoneName:'short'});\
        t.title=t.dataset.delta/1000+' s since the last line\\n'+d+'\\n'+la+'\\n'+d.toISOString();});
        """
}

extension Duration {
    fileprivate var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
