import Testing

@testable import ServiceConfiguration

/// Text protobufs are cut into fields, and each field knows its line.
struct LocatedTextTests {
    private static func cut(_ text: String) throws(LocatedText.Malformed) -> LocatedText {
        try LocatedText(Array(text.utf8))
    }

    @Test func `fields, messages, lists, comments and separators are cut as protobuf has them`()
        throws
    {
        let text = try Self.cut(
            """
            # a comment
            a: 1; b: -2.5e+3,
            c { d: "x" 'y' # behind
            }
            e: <f: true>
            g: [ "p",
                 "q" ]
            h: [ { i: 1 }, { i: 2 } ]
            """)
        #expect(
            text.rendered
                == """
                a: 1
                b: -2.5e+3
                c {
                d: "x" 'y'
                }
                e {
                f: true
                }
                g: "p"
                g: "q"
                h {
                i: 1
                }
                h {
                i: 2
                }

                """)
        #expect(text.line(of: ["a"]) == 2)
        #expect(text.line(of: ["c", "d"]) == 3)
        #expect(text.line(of: [FieldStep("g", 1)]) == 7)
        #expect(text.line(of: [FieldStep("h", 1), "i"]) == 8)
    }

    @Test func `a path that ends early is blamed on what is there`() throws {
        let text = try Self.cut("a {\n  b: 1\n}\n")
        #expect(text.line(of: ["a", "c"]) == 1)
        #expect(text.line(of: ["z"]) == 1)
        #expect(text.line(of: ["a", FieldStep("b", 3)]) == 1)
    }

    @Test func `lines between a word and its repetition are one string`() throws {
        let text = try Self.cut("a: <<END\n  one\n    \"two\"\n  END\nb: 1\n")
        #expect(text.rendered == "a: \"one\\n  \\\"two\\\"\"\nb: 1\n")
        #expect(text.line(of: ["b"]) == 5)
    }

    @Test(arguments: [
        ("a: 1\nb {\n  c: 1\n", 2), ("a: \"x\nb: 1\n", 1), ("a: 1\n}\n", 2), ("a\n", 2),
        ("a: 1\nb:\n", 3), ("a: [1\n", 1), ("a: <<END\nx\n", 1), ("\n\n: 1", 3), ("a: -\n", 1),
    ])
    func `what cannot be cut is refused at its line`(_ text: String, _ line: Int) {
        #expect(throws: LocatedText.Malformed.self) { try Self.cut(text) }
        do throws(LocatedText.Malformed) { _ = try Self.cut(text) } catch {
            #expect(error.line == line, "\(text): \(error)")
        }
    }

    @Test func `no text traps, however it is cut off`() {
        let whole = Array("a { b: \"x\\\"y\" c: [1, {d: <e: 'z'>}] } f: <<Q\nq\nQ\n# end".utf8)
        for length in 0...whole.count {
            do throws(LocatedText.Malformed) {
                _ = try LocatedText(Array(whole.prefix(length)))
            } catch {
                #expect(error.line >= 1)
            }
        }
    }

    @Test func `messages within messages have a limit`() {
        let deep = String(repeating: "a {", count: 40) + String(repeating: "}", count: 40)
        #expect(throws: LocatedText.Malformed.self) { try Self.cut(deep) }
    }
}
