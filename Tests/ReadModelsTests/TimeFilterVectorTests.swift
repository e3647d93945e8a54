import Coordinator
import Foundation
import LogDogModel
import TestSupport
import Testing

@testable import ReadModels

/// `newer` and `older` of the classic `Query`, in every form of the catalog.
@Suite(.serialized) struct TimeFilterVectorTests {
    /// Registered a second apart, in this order.
    private static let names = [
        "foo/bar", "foo/bar/baz", "baz/qux", "cat/dog", "cat/bird/dog", "bird/plane",
    ]

    @Test(arguments: CatalogForm.allCases)
    func `newer and older find what the original's find`(_ form: CatalogForm) throws {
        let directory = try TemporaryDirectory()
        let catalog = try form.open(in: directory)
        let prefix = try CatalogRowsFixture.prefix(1, "testing")
        var changes = CatalogChanges.upTo(20)
        changes.add(prefix)
        var created: [String: StreamState] = [:]
        for (number, name) in Self.names.enumerated() {
            let stream = try CatalogRowsFixture.stream(
                UInt64(2 + number), of: prefix, name, created: Int64(number) * 1_000_000)
            created[name] = stream
            changes.add(stream)
        }
        try catalog.record(changes)
        for vector in try Vectors.group("query.time_filters.classic") ?? [] {
            var query = try CatalogRowsFixture.classicQuery(vector.string("glob") ?? "")
            query.newer = vector.string("newer_than").flatMap { created[$0]?.created }
            query.older = vector.string("older_than").flatMap { created[$0]?.created }
            #expect(query.newer != nil || query.older != nil)
            #expect(try catalog.page(query).hits.map(\.path.name) == vector.strings("names"))
        }
    }
}
