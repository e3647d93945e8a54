import Coordinator
import LogDogModel
import Platform
import Testing

@testable import ReadModels

/// Searching a whole project, the same in every form of the catalog (`spec/rpc.md` §6).
@Suite(.serialized)
struct ProjectQueryTests {
    private let directory: TemporaryDirectory
    private let prefixes: [PrefixState]
    /// Five streams, one a second, oldest first.
    private let streams: [StreamState]

    init() throws {
        directory = try TemporaryDirectory()
        prefixes = [
            try CatalogRowsFixture.prefix(1, "ci/linux/1"),
            try CatalogRowsFixture.prefix(2, "ci/win/1", realm: "demo:other"),
        ]
        let rows: [(prefix: Int, name: String, tags: [String: String])] = [
            (0, "steps/cc/stdout", ["os": "linux"]), (1, "steps/cc/stdout", ["os": "win"]),
            (0, "steps/ld/stderr", ["os": "linux", "n": ""]), (1, "recipe", ["os": "win"]),
            (0, "recipe", [:]),
        ]
        let prefixes = prefixes
        streams = try rows.enumerated().map { number, row in
            try CatalogRowsFixture.stream(
                UInt64(10 + number), of: prefixes[row.prefix], row.name,
                type: row.name == "recipe" ? .datagram : .text, tags: row.tags,
                created: Int64(number) * 1_000_000)
        }
    }

    private func open(_ form: CatalogForm) throws -> any Catalog {
        let catalog = try form.open(in: directory)
        var changes = CatalogChanges.upTo(20)
        for prefix in prefixes { changes.add(prefix) }
        for stream in streams { changes.add(stream) }
        try catalog.record(changes)
        return catalog
    }

    /// The places of the hits among `streams`.
    private func found(
        _ form: CatalogForm, _ expression: String, _ change: (inout StreamQuery) -> Void = { _ in }
    ) throws -> [Int] {
        var query = try CatalogRowsFixture.classicQuery(expression)
        change(&query)
        return try open(form).page(query).hits.map { hit in
            try #require(streams.firstIndex(of: hit))
        }
    }

    @Test(arguments: CatalogForm.allCases)
    func `an empty expression finds everything, newest first`(_ form: CatalogForm) throws {
        #expect(try found(form, "") == [4, 3, 2, 1, 0])
        #expect(try found(form, "**/+/**") == [4, 3, 2, 1, 0])
    }

    @Test(arguments: CatalogForm.allCases)
    func `globs of whole segments find prefixes and names`(_ form: CatalogForm) throws {
        #expect(try found(form, "ci/*/1/+/recipe") == [4, 3])
        #expect(try found(form, "ci/win/**/+/steps/**") == [1])
        #expect(try found(form, "**/+/**/stdout") == [1, 0])
        #expect(try found(form, "ci/linux/1") == [4, 2, 0])
        #expect(try found(form, "ci/*") == [])
        #expect(try found(form, "**/+/*") == [4, 3])
    }

    @Test(arguments: CatalogForm.allCases)
    func `filters narrow it down, also several at once`(_ form: CatalogForm) throws {
        #expect(try found(form, "") { $0.tags = ["os": "linux"] } == [2, 0])
        #expect(try found(form, "") { $0.tags = ["os": ""] } == [3, 2, 1, 0])
        #expect(try found(form, "") { $0.tags = ["os": "linux", "n": ""] } == [2])
        #expect(try found(form, "") { $0.streamType = .datagram } == [4, 3])
        #expect(try found(form, "ci/linux/**") { $0.streamType = .datagram } == [4])
        #expect(try found(form, "") { $0.contentType = "text/plain" } == [4, 3, 2, 1, 0])
        #expect(try found(form, "") { $0.protoVersion = "2" } == [])
        #expect(try found(form, "") { $0.protoVersion = "1" }.count == 5)
    }

    @Test(arguments: CatalogForm.allCases)
    func `newer and older are strict`(_ form: CatalogForm) throws {
        let times = streams.map(\.created)
        #expect(try found(form, "") { $0.newer = times[2] } == [4, 3])
        #expect(try found(form, "") { $0.older = times[2] } == [1, 0])
        let between = { (query: inout StreamQuery) in
            query.newer = times[0]
            query.older = times[4]
            query.tags = ["os": ""]
        }
        #expect(try found(form, "", between) == [3, 2, 1])
    }

    @Test(arguments: CatalogForm.allCases)
    func `prefixes that may not be listed are as if they were not there`(
        _ form: CatalogForm
    ) throws {
        #expect(try found(form, "") { $0.mayList = { $0 == "demo:ci" } } == [4, 2, 0])
        #expect(try found(form, "**/+/recipe") { $0.mayList = { $0 == "demo:ci" } } == [4])
    }

    @Test(arguments: CatalogForm.allCases, ["", "**/+/**/stdout"])
    func `pages follow each other, also of one time and while streams are added`(
        _ form: CatalogForm, _ expression: String
    ) throws {
        let catalog = try open(form)
        var changes = CatalogChanges.upTo(200)
        for number in 0..<7 {
            changes.add(
                try CatalogRowsFixture.stream(
                    UInt64(100 + number), of: prefixes[0], "n\(number)/stdout", created: 9_000_000))
        }
        try catalog.record(changes)
        var query = try CatalogRowsFixture.classicQuery(expression)
        query.limit = 2
        var ids: [UInt64] = []
        var isFull = true
        while isFull {
            let page = try catalog.page(query)
            ids += page.hits.map(\.id.record.rawValue)
            query.after = page.hits.last.map { QueryToken(following: $0, in: query.search) }
            isFull = page.isFull
            var more = CatalogChanges.upTo(300 + UInt64(ids.count))
            more.add(
                try CatalogRowsFixture.stream(
                    300 + UInt64(ids.count), of: prefixes[0], "late\(ids.count)/stdout",
                    created: 20_000_000))
            try catalog.record(more)
        }
        let old: [UInt64] = expression.isEmpty ? [14, 13, 12, 11, 10] : [11, 10]
        #expect(ids == [106, 105, 104, 103, 102, 101, 100] + old)
    }
}
