import Coordinator
import LogDogModel
import Testing

@testable import ReadModels

/// Searching, the same in every form of the catalog (`spec/rpc.md` §5.3, §5.4).
@Suite(.serialized)
struct CatalogQueryTests {
    private let directory: TemporaryDirectory
    private let prefix: PrefixState
    private let streams: [StreamState]

    init() throws {
        directory = try TemporaryDirectory()
        prefix = try CatalogRowsFixture.prefix(1, "builds/1")
        streams = [
            try CatalogRowsFixture.stream(2, of: prefix, "stdout", tags: ["step": "cc", "x": ""]),
            try CatalogRowsFixture.stream(3, of: prefix, "stderr", tags: ["step": "ld"]),
            try CatalogRowsFixture.stream(
                4, of: prefix, "out/core", type: .binary, contentType: "application/x-core"),
            try CatalogRowsFixture.stream(5, of: prefix, "old", tags: ["step": "cc"], purged: true),
        ]
    }

    private func names(
        _ form: CatalogForm, _ change: (inout StreamQuery) -> Void
    ) throws -> [String] {
        let catalog = try form.open(in: directory)
        let other = try CatalogRowsFixture.prefix(10, "builds/2")
        var changes = CatalogChanges.upTo(20)
        changes.add(prefix)
        changes.add(other)
        for stream in streams { changes.add(stream) }
        changes.add(try CatalogRowsFixture.stream(11, of: other, "stdout", tags: ["step": "cc"]))
        try catalog.record(changes)
        var query = try CatalogRowsFixture.query("builds/1/+/**")
        change(&query)
        let hits = try catalog.page(query, prefix: prefix.id).hits
        #expect(hits.map(\.hash) == hits.map(\.hash).sorted(), "ascending by hash")
        return hits.map(\.path.name).sorted()
    }

    @Test(arguments: CatalogForm.allCases)
    func `without filters every live stream of the prefix is found`(_ form: CatalogForm) throws {
        #expect(try names(form) { _ in } == ["out/core", "stderr", "stdout"])
    }

    @Test(arguments: CatalogForm.allCases)
    func `content type and stream type must be equal`(_ form: CatalogForm) throws {
        #expect(try names(form) { $0.contentType = "application/x-core" } == ["out/core"])
        #expect(try names(form) { $0.contentType = "application/x" } == [])
        #expect(try names(form) { $0.streamType = .text } == ["stderr", "stdout"])
        #expect(try names(form) { $0.streamType = .datagram } == [])
    }

    @Test(arguments: CatalogForm.allCases)
    func `a tag must be there and equal unless the wanted value is empty`(
        _ form: CatalogForm
    ) throws {
        #expect(try names(form) { $0.tags = ["step": "cc"] } == ["stdout"])
        #expect(try names(form) { $0.tags = ["step": ""] } == ["stderr", "stdout"])
        #expect(try names(form) { $0.tags = ["step": "cc", "x": ""] } == ["stdout"])
        #expect(try names(form) { $0.tags = ["step": "ld", "x": ""] } == [])
    }

    @Test(arguments: CatalogForm.allCases)
    func `more tags than the index looks at are all checked`(_ form: CatalogForm) throws {
        let many = Dictionary(uniqueKeysWithValues: (0..<40).map { ("k\($0)", "") })
        #expect(try names(form) { $0.tags = many } == [])
    }

    @Test(arguments: CatalogForm.allCases)
    func `purged streams are hidden, shown or alone`(_ form: CatalogForm) throws {
        #expect(try names(form) { $0.purged = .alone } == ["old"])
        #expect(try names(form) { $0.purged = .shown }.count == 4)
    }

    @Test(arguments: CatalogForm.allCases)
    func `a name without wildcards finds that stream alone`(_ form: CatalogForm) throws {
        let literal = try CatalogRowsFixture.query("builds/1/+/stdout").search
        #expect(try names(form) { $0.search = literal } == ["stdout"])
    }

    @Test(arguments: CatalogForm.allCases)
    func `pages follow each other without gap or repeat`(_ form: CatalogForm) throws {
        let catalog = try form.open(in: directory)
        var changes = CatalogChanges.upTo(20)
        changes.add(prefix)
        for number in 0..<7 {
            changes.add(
                try CatalogRowsFixture.stream(UInt64(100 + number), of: prefix, "s\(number)"))
        }
        try catalog.record(changes)
        var query = try CatalogRowsFixture.query("builds/1/+/**")
        query.limit = 3
        var names: [String] = []
        var sizes: [Int] = []
        var isFull = true
        while isFull {
            let page = try catalog.page(query, prefix: prefix.id)
            names += page.hits.map(\.path.name)
            sizes.append(page.hits.count)
            query.after = page.hits.last.map { QueryToken(following: $0, in: query.search) }
            isFull = page.isFull
        }
        #expect(sizes == [3, 3, 1])
        #expect(names.sorted() == (0..<7).map { "s\($0)" })
    }

    @Test func `a page is never larger than 500`() throws {
        var query = try CatalogRowsFixture.query("p/+/**")
        #expect(query.pageLimit == 500)
        query.limit = 501
        #expect(query.pageLimit == 500)
        query.limit = 499
        #expect(query.pageLimit == 499)
    }

    @Test(arguments: CatalogForm.allCases)
    func `a stream that is purged, and is no longer, is found accordingly`(
        _ form: CatalogForm
    ) throws {
        let catalog = try form.open(in: directory)
        var changes = CatalogChanges.upTo(20)
        changes.add(prefix)
        changes.add(streams[0])
        try catalog.record(changes)
        var query = try CatalogRowsFixture.query("builds/1/+/**")
        query.purged = .alone
        for purged in [true, false] {
            var stream = streams[0]
            stream.purged = purged
            var later = CatalogChanges.upTo(21)
            later.add(stream)
            try catalog.record(later)
            #expect(try catalog.page(query, prefix: prefix.id).hits == (purged ? [stream] : []))
            _ = try catalog.load()
        }
    }

    @Test func `a search past its deadline is given up`() throws {
        let catalog = try CatalogForm.sqlite.open(in: directory)
        var changes = CatalogChanges.upTo(2000)
        changes.add(prefix)
        for number in 0..<300 {
            changes.add(
                try CatalogRowsFixture.stream(UInt64(100 + number), of: prefix, "s\(number)"))
        }
        try catalog.record(changes)
        let query = try CatalogRowsFixture.query("builds/1/+/*x*")
        #expect(throws: CatalogError.late) {
            try catalog.query(CatalogQuery(query, prefix: prefix.id, deadline: .now))
        }
    }
}
