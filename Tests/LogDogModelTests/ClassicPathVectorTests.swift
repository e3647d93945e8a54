import TestSupport
import Testing

@testable import LogDogModel

/// Path expressions of the classic `Query`, and the index that the classic dialect finds by.
struct ClassicPathVectorTests {
    @Test func `classic path expressions assert what the original's do`() throws {
        for vector in try Vectors.group("query.path.classic") ?? [] {
            let query = try #require(vector.string("query"))
            guard vector.string("error") == nil else {
                #expect(throws: PatternError.self, "\(query)") { try ClassicPathPattern(query) }
                continue
            }
            let pattern = try ClassicPathPattern(query)
            let filters = try #require(vector.object("filters"))
            #expect(pattern.prefix == filters.strings("Prefix").first, "\(query)")
            #expect(pattern.name == filters.strings("Name").first, "\(query)")
            #expect(pattern.components.map(\.description) == filters.strings("_C"), "\(query)")
            for path in vector.strings("match") {
                #expect(try pattern.matches(StreamPath(parsing: path)), "\(query): \(path)")
            }
            for path in vector.strings("no_match") {
                #expect(try !pattern.matches(StreamPath(parsing: path)), "\(query): \(path)")
            }
        }
    }

    @Test func `a path has the components that the original's index has`() throws {
        for vector in try Vectors.group("query.path_components.classic") ?? [] {
            let path = try StreamPath(parsing: try #require(vector.string("path")))
            #expect(
                PathComponent.all(of: path).map(\.description) == vector.strings("components"))
        }
    }

    @Test func `tags are encoded as in the original's index`() throws {
        for vector in try Vectors.group("tag.index_encoding.classic") ?? [] {
            guard let input = vector.string("input") else {
                Vectors.notRun(
                    "tag.index_encoding.classic \(vector.string("encoded") ?? "")",
                    because: "nothing here decodes an index entry")
                continue
            }
            #expect(TagProperty.encoded(input) == vector.string("encoded"))
        }
    }

    @Test func `tags stand in the index by key, and with their value`() throws {
        for vector in try Vectors.group("tag.index_properties.classic") ?? [] {
            let tags = vector.object("tags")?.members.compactMapValues { $0 as? String } ?? [:]
            #expect(TagProperty.all(of: tags) == vector.strings("properties"))
        }
    }

    @Test func `halves are split at the first separator, and a second one is refused`() throws {
        #expect(throws: PatternError.self) { try ClassicPathPattern("a/+/b/+/c") }
        #expect(throws: PatternError.self) { try ClassicPathPattern("**/x/**") }
        #expect(try ClassicPathPattern("+/b").name == "b")
    }
}
