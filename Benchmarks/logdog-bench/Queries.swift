import ArgumentParser
import Coordinator
import Foundation
import Journal
import LogDogModel
import Platform
import ReadModels
import Tumble

/// How long a page of a query takes over a catalog of many streams, in both dialects, by what is
/// asked for.
struct Queries: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Pages of queries over many streams.")

    @OptionGroup var output: OutputOptions

    @Option(help: "How many streams; half of them in one prefix.")
    var streams = 1_000_000

    @Option(help: "How often each query is asked.")
    var rounds = 50

    @Option(help: "A directory that keeps the catalog, so that further runs need not write it.")
    var keep: String?

    func run() async throws {
        guard streams >= 1000, rounds > 0 else {
            throw ValidationError("--streams is 1000 or more, --rounds above 0")
        }
        let directory =
            keep
            ?? FileManager.default.temporaryDirectory
            .appending(path: "logdog-bench-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { if keep == nil { try? FileManager.default.removeItem(atPath: directory) } }
        let catalog = try SQLiteCatalog(
            path: "\(directory)/catalog.sqlite", machine: CoordinatorMachine())
        let corpus = try QueryCorpus(streams: streams, seed: output.seed)
        try write(corpus, into: catalog, in: directory)
        let plain = try measure(corpus.cases[0], on: catalog).percentile(50)
        for item in corpus.cases {
            let latencies = try measure(item, on: catalog)
            let median = latencies.percentile(50)
            figure(
                "\(item.name), p50", median, "ms", limit: "a page without filters",
                ratio: median / max(plain, 0.001))
            figure("\(item.name), p99", latencies.percentile(99), "ms")
        }
        catalog.close()
    }

    /// Unless a run before has.
    private func write(
        _ corpus: QueryCorpus, into catalog: SQLiteCatalog, in directory: String
    ) throws {
        let last = CatalogQuery(
            corpus.cases[0].query, prefix: corpus.cases[0].prefix, deadline: .now + .seconds(600))
        guard try catalog.query(last).hits.isEmpty else { return }
        let taken = try ContinuousClock().measure { try corpus.record(into: catalog) }
        figure("rows written", Double(streams) / taken.seconds, "streams/s")
        let size =
            try FileManager.default.attributesOfItem(
                atPath: "\(directory)/catalog.sqlite")[.size] as? Int
        figure("catalog", Double(size ?? 0) / Double(streams), "bytes/stream")
    }

    /// First pages and second pages, each as often.
    private func measure(
        _ item: QueryCorpus.Case, on catalog: SQLiteCatalog
    ) throws -> Latencies {
        var latencies = Latencies()
        for _ in 0..<rounds {
            var query = item.query
            for _ in 0..<2 {
                let question = CatalogQuery(
                    query, prefix: item.prefix, deadline: .now + .seconds(600))
                var page: CatalogPage?
                latencies.add(
                    try ContinuousClock().measure { page = try catalog.query(question) })
                guard let last = page?.hits.last, page?.isFull == true else { break }
                query.after = QueryToken(following: last, in: query.search)
            }
        }
        return latencies
    }

    private func figure(
        _ name: String, _ value: Double, _ unit: String, limit: String? = nil,
        ratio: Double? = nil
    ) {
        Figure(
            bench: "queries", name: name, value: value, unit: unit, limit: limit, ratio: ratio
        ).print(asJSON: output.json)
    }
}
