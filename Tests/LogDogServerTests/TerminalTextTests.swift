import Testing

@testable import LogDogServer

/// Escapes of terminals on pages.
@Suite struct TerminalTextTests {
    private func markup(_ lines: String...) -> [String] {
        var terminal = TerminalText()
        return lines.map { terminal.markup(Array($0.utf8)) }
    }

    // swift-format-ignore
    @Test(arguments: [
        ("plain <b>", "plain &lt;b&gt;"),
        ("\u{1b}[31mred\u{1b}[0m on", "<span class=\"fore1\">red</span> on"),
        ("\u{1b}[1;92;44mx\u{1b}[m", "<span class=\"bold fore10 back4\">x</span>"),
        ("\u{1b}[38;5;196mx", "<span style=\"color:#ff0000;\">x</span>"),
        ("\u{1b}[38;5;244mx", "<span style=\"color:#808080;\">x</span>"),
        ("\u{1b}[38;5;3mx", "<span class=\"fore3\">x</span>"),
        ("\u{1b}[48;2;1;2;300mx", "<span style=\"background:#0102ff;\">x</span>"),
        ("\u{1b}[1mb\u{1b}[22;4mu\u{1b}[24mp", "<span class=\"bold\">b</span><span class=\"underlined\">u</span>p"),
        ("\u{1b}[2K\u{1b}[1Gmoved", "moved"),
        ("\u{1b}]0;title\u{7}a\u{1b}]8;;http://a.b\u{1b}\\b", "ab"),
        ("\u{1b}(Bcharset\u{1b}", "charset"),
        ("\u{1b}[31", ""),
        ("\u{1b}[99999999999999999999mx", "x"),
        ("\u{1b}[31m<a href='x'>\u{1b}[39m", "<span class=\"fore1\">&lt;a href=&#39;x&#39;&gt;</span>"),
        ("\u{1b}[31mhttp://a.b/\u{1b}[0m", "<span class=\"fore1\"><a href=\"http://a.b\">http://a.b</a>/</span>"),
    ])
    func `styles become spans and the rest of the escapes is left out`(
        _ text: String, _ wanted: String
    ) {
        #expect(markup(text) == [wanted])
    }

    @Test func `a style lasts over lines until it is reset`() {
        #expect(
            markup("\u{1b}[33ma", "b", "\u{1b}[0mc") == [
                "<span class=\"fore3\">a</span>", "<span class=\"fore3\">b</span>", "c",
            ])
    }
}
