import Testing

@testable import LogDogServer

/// The parts of a page of a log.
@Suite struct ViewerTests {
    // swift-format-ignore
    @Test(arguments: [
        ("https://a.b", "<a href=\"https://a.b\">https://a.b</a>"),
        ("x https://a.b/c?d=e&f y", "x <a href=\"https://a.b/c?d=e&amp;f\">https://a.b/c?d=e&amp;f</a> y"),
        ("http://a.b:80.", "<a href=\"http://a.b:80\">http://a.b:80</a>."),
        ("http://a.b:x", "<a href=\"http://a.b\">http://a.b</a>:x"),
        ("http://a.b-", "<a href=\"http://a.b\">http://a.b</a>-"),
        ("http://a..b", "http://a..b"),
        ("http://localhost/x", "http://localhost/x"),
        ("xhttp://a.b", "xhttp://a.b"),
        ("http://.a.b", "http://.a.b"),
        ("http://a.b/\u{22}onclick=x", "<a href=\"http://a.b/%22onclick=x\">http://a.b/&#34;onclick=x</a>"),
        ("<script>&'", "&lt;script&gt;&amp;&#39;"),
        ("", ""),
    ])
    func `addresses become links and everything else is escaped`(_ text: String, _ markup: String) {
        #expect(LinkedText.markup(text) == markup)
    }

    @Test func `a long line of what is almost an address costs no more than its length`() {
        let hostile = [
            "http://" + String(repeating: "a", count: 200_000),
            "http://a.b" + String(repeating: "-", count: 200_000),
            String(repeating: "http://a.", count: 30_000),
            "http://a.b/" + String(repeating: "(", count: 200_000),
        ]
        for text in hostile {
            #expect(LinkedText.markup(text).utf8.count >= text.utf8.count)
        }
    }

    // swift-format-ignore
    @Test(arguments: [
        (0, ""), (1000, ""), (1050, "background-color:#FCFBF0;"),
        (10_000, "background-color:#E8DC76;"), (10_700, "background-color:#E6C66C;"),
        (13_001, "color:#FFFFFF;background-color:#E1804D;"),
        (16_000, "color:#FFFFFF;background-color:#DB2525;"),
        (9_000_000, "color:#FFFFFF;background-color:#DB2525;"), (-5000, ""),
    ] as [(Int64, String)])
    func `a pause has its colour`(_ milliseconds: Int64, _ style: String) {
        #expect(PauseShade(milliseconds: milliseconds).style == style)
    }

    // swift-format-ignore
    @Test(arguments: [
        (0, "0.0s"), (299_940, "299.9s"), (300_000, "5m 0s"), (3_599_000, "59m 59s"),
        (3_601_000, "1h 0m"), (90_061_000, "25h 1m"),
    ] as [(Int64, String)])
    func `the time since the start is told more coarsely later on`(
        _ milliseconds: Int64, _ label: String
    ) {
        #expect(ViewerPage.label(milliseconds: milliseconds) == label)
    }
}
