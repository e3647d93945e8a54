import TestSupport
import Testing

@testable import ReadModels

/// Groups `get.range`, `get.tail`, `query.tags.current` and `query.purged` of `vectors.json`.
@Suite(.serialized)
struct ReadVectorTests {
    /// Lengths differ, so that sums of them tell entries apart.
    private static func length(_ index: UInt64) -> Int { 10 + Int(index) }

    private func history(_ indexes: [Int]) throws -> WrittenHistory {
        let history = try WrittenHistory()
        for index in indexes.map(UInt64.init) {
            try history.append(index...index, length: Self.length(index))
        }
        return history
    }

    @Test func `get returns the entries that the vectors say`() async throws {
        let cases = try Vectors.group("get.range") ?? []
        for vector in cases {
            let request = try #require(vector.object("request"))
            let history = try history([0, 1, 2, 4, 5, 7])
            let limits = ReadLimits(
                logCount: request.int("log_count") ?? 0,
                byteCount: try byteCount(request),
                nonContiguous: request.bool("non_contiguous") ?? false)
            let page = try history.read(from: Int64(request.int("index") ?? 0), limits)
            let expected = try #require(vector.members["indexes"] as? [Int])
            #expect(page.entries.map { Int($0.index) } == expected, "\(request.members)")
            try await history.close()
        }
    }

    /// A number, or a sum such as `size(0)+size(1)+1`.
    private func byteCount(_ request: JSONObject) throws -> Int {
        guard let text = request.members["byte_count"] as? String else {
            return request.int("byte_count") ?? 0
        }
        return try text.split(separator: "+").reduce(0) { sum, term in
            if let number = Int(term) { return sum + number }
            let index = try #require(UInt64(term.dropFirst("size(".count).dropLast()))
            return sum + Self.length(index)
        }
    }

    @Test func `tail returns the entry that the vectors say`() async throws {
        for vector in try Vectors.group("get.tail") ?? [] {
            // `ArchivedTailVectorTests` has the others.
            guard vector.string("storage") == "intermediate" else { continue }
            let indexes = try #require(vector.members["entries"] as? [Int])
            let history = try history(indexes)
            let tail = try await history.model.tail(of: WrittenHistory.streamID)
            let expected = try #require(vector.members["tail"] as? [Int])
            #expect(tail.map { [Int($0.index)] } ?? [] == expected, "\(indexes)")
            try await history.close()
        }
    }

    @Test(arguments: CatalogForm.allCases)
    func `tag constraints match as the vectors say`(_ form: CatalogForm) throws {
        for vector in try Vectors.group("query.tags.current") ?? [] {
            let directory = try TemporaryDirectory()
            let catalog = try form.open(in: directory)
            let prefix = try CatalogRowsFixture.prefix(1, "testing")
            var changes = CatalogChanges.upTo(2)
            changes.add(prefix)
            let tags = try #require(vector.members["stream_tags"] as? [String: String])
            changes.add(try CatalogRowsFixture.stream(2, of: prefix, "s", tags: tags))
            try catalog.record(changes)
            var query = try CatalogRowsFixture.query("testing/+/**")
            query.tags = try #require(vector.members["filter"] as? [String: String])
            let page = try catalog.page(query, prefix: prefix.id)
            #expect(!page.hits.isEmpty == vector.bool("match"), "\(vector.members)")
            catalog.close()
        }
    }

    @Test(arguments: CatalogForm.allCases)
    func `purged streams are seen as the vectors say`(_ form: CatalogForm) throws {
        for vector in try Vectors.group("query.purged") ?? [] {
            // That only administrators may ask for purged streams alone is the services' rule.
            guard !vector.has("error") else { continue }
            let isAdministrator = vector.bool("admin") == true
            let directory = try TemporaryDirectory()
            let catalog = try form.open(in: directory)
            let prefix = try CatalogRowsFixture.prefix(1, "testing")
            var changes = CatalogChanges.upTo(3)
            changes.add(prefix)
            changes.add(try CatalogRowsFixture.stream(2, of: prefix, "live"))
            changes.add(try CatalogRowsFixture.stream(3, of: prefix, "purged", purged: true))
            try catalog.record(changes)
            var query = try CatalogRowsFixture.query("testing/+/**")
            query.purged =
                switch vector.string("filter") {
                case _ where !isAdministrator: .hidden
                case "YES": .alone
                case "NO": .hidden
                default: .shown
                }
            let names = try catalog.page(query, prefix: prefix.id)
                .hits.map(\.path.name)
            #expect(names.contains("live") == vector.bool("live_stream_visible"))
            #expect(names.contains("purged") == vector.bool("purged_stream_visible"))
            catalog.close()
        }
    }
}
