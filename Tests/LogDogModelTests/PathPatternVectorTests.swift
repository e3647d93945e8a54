import LogDogModel
import TestSupport
import Testing

/// Path expressions of the current `Query`, and what they match.
struct PathPatternVectorTests {
    @Test func `path expressions match what the original's do`() throws {
        for vector in try Vectors.group("query.path.current") ?? [] {
            let query = try #require(vector.string("query"))
            guard vector.string("error") == nil else {
                #expect(throws: PatternError.self, "\(query)") { try PathPattern(query) }
                continue
            }
            let pattern = try PathPattern(query)
            #expect(pattern.prefix == vector.string("prefix"), "\(query)")
            #expect(pattern.glob == vector.string("name_glob"), "\(query)")
            #expect(pattern.regularExpression == vector.string("regex"), "\(query)")
            for path in vector.strings("match") {
                #expect(Self.matches(pattern, path), "\(query) matches \(path)")
            }
            for path in vector.strings("no_match") {
                #expect(!Self.matches(pattern, path), "\(query) does not match \(path)")
            }
        }
    }

    private static func matches(_ pattern: PathPattern, _ path: String) -> Bool {
        let parts = StreamPath.split(path)
        return parts.prefix == pattern.prefix && pattern.matches(name: parts.name)
    }
}
