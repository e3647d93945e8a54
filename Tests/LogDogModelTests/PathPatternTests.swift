import LogDogModel
import Testing

struct PathPatternTests {
    private static func matches(_ glob: String, _ name: String) throws -> Bool {
        try PathPattern("p/+/\(glob)").matches(name: name)
    }

    @Test func `a star stands for part of a segment, two for anything`() throws {
        #expect(try Self.matches("a*", "ab"))
        #expect(try !Self.matches("a*", "a"))
        #expect(try !Self.matches("a*", "ab/c"))
        #expect(try Self.matches("*/*", "a/b"))
        #expect(try Self.matches("**", "a/b/c"))
        #expect(try Self.matches("a/**/b", "a/b"))
        #expect(try Self.matches("a/**/b", "a/x/y/b"))
        #expect(try !Self.matches("a/**/b", "ab"))
        #expect(try Self.matches("***", "a"))
    }

    @Test func `the slash beside two stars is swallowed as in the original`() throws {
        #expect(try Self.matches("foo/**", "foobar"))
        #expect(try Self.matches("**/foo", "xfoo"))
        #expect(try PathPattern("p/+/foo/**").regularExpression == "^foo(.*)$")
    }

    @Test func `a name without stars matches itself alone`() throws {
        #expect(try PathPattern("p/+/a.b").literalName == "a.b")
        #expect(try Self.matches("a.b", "a.b"))
        #expect(try !Self.matches("a.b", "axb"))
        #expect(try !Self.matches("a", "a/b"))
    }

    @Test func `a prefix alone asks for everything under it`() throws {
        for text in ["p", "p/+", "p/+/"] {
            let pattern = try PathPattern(text)
            #expect(pattern.glob == "**")
            #expect(pattern.matches(name: "any/thing"))
        }
    }

    @Test(arguments: ["", "/+/a", "*/+/a", "p*/+/a", "p/+/a//b", "p/+/_a", "p/+/a^"])
    func `invalid expressions are refused`(text: String) {
        #expect(throws: PatternError.self) { try PathPattern(text) }
    }

    @Test func `the worst pattern of full length matches in bounded time`() throws {
        // A backtracking matcher would not come back from any of these.
        let name = String(repeating: "a", count: 4000) + "/b"
        for glob in ["*a", "**a", "a*", "***"] {
            let stars = String(repeating: glob, count: 300)
            #expect(try !Self.matches(stars + "c", name), "\(glob)")
        }
    }
}
