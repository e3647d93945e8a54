import Coordinator
import LogDogModel
import Testing

@testable import ReadModels

/// Globs over the names of one prefix: whichever index they are narrowed down by, the same hits come
/// as from a catalog that looks at everything.
@Suite(.serialized) struct GlobQueryTests {
    private static let globs = [
        "**", "*", "a*", "a/**", "a/**/b", "a/*/b", "**/b", "**/ab", "*/b", "*b", "*/a/*",
        "**/a/**",
        "a**b", "none/**", "**/none", "ab/*", "a/b/*", "*/*/*", "a-*", "*-b",
    ]

    private let directory: TemporaryDirectory
    private let prefix: PrefixState
    private let other: PrefixState
    private let changes: CatalogChanges

    init() throws {
        directory = try TemporaryDirectory()
        prefix = try CatalogRowsFixture.prefix(1, "p")
        other = try CatalogRowsFixture.prefix(2, "q")
        var changes = CatalogChanges.upTo(1000)
        changes.add(prefix)
        changes.add(other)
        var record: UInt64 = 10
        let segments = ["a", "b", "ab", "ba", "a-b"]
        for first in segments {
            for second in segments + [""] {
                for third in second.isEmpty ? [""] : segments + [""] {
                    let name = [first, second, third].filter { !$0.isEmpty }.joined(separator: "/")
                    let tags = first == "a" ? ["k": second] : [:]
                    changes.add(
                        try CatalogRowsFixture.stream(record, of: prefix, name, tags: tags))
                    changes.add(try CatalogRowsFixture.stream(record + 1, of: other, name))
                    record += 2
                }
            }
        }
        self.changes = changes
    }

    @Test(arguments: globs) func `a glob finds the same by every index`(_ glob: String) throws {
        let everything = try CatalogForm.inMemory.open(in: directory)
        let indexed = try CatalogForm.sqlite.open(in: directory)
        try everything.record(changes)
        try indexed.record(changes)
        for tags in [[:], ["k": ""], ["k": "b"]] {
            var query = try CatalogRowsFixture.query("p/+/\(glob)")
            query.tags = tags
            query.limit = 4
            var found = 0
            while true {
                let wanted = try everything.page(query, prefix: prefix.id)
                let page = try indexed.page(query, prefix: prefix.id)
                #expect(page.hits == wanted.hits && page.isFull == wanted.isFull)
                found += page.hits.count
                guard let last = page.hits.last, page.isFull, found < 1000 else { break }
                query.after = QueryToken(following: last, in: query.search)
            }
        }
        everything.close()
        indexed.close()
    }
}
