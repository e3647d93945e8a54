import CoreMetrics
import Platform

/// Metrics in memory, and as the text that Prometheus scrapes.
///
/// A registry belongs to one server: nothing here is global.
final class PrometheusRegistry: MetricsFactory {
    /// A metric that somebody looks up when it is asked for.
    struct Sample: Sendable {
        let name: String
        let labels: [(String, String)]
        let value: Double
    }

    /// Different labels of one name that are kept; a caller must not fill the memory.
    private static let seriesLimit = 10_000

    private struct State {
        var cells: [MetricKey: MetricCell] = [:]
        var sources: [@Sendable () -> [Sample]] = []
    }

    private let state = Lock(State())

    /// Asks `source` at each scrape.
    func collect(_ source: @escaping @Sendable () -> [Sample]) {
        state.withLock { $0.sources.append(source) }
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions, .counter)
    }
    func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler { cell(label, dimensions, .summary) }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, dimensions, .summary)
    }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    private func cell(
        _ label: String, _ dimensions: [(String, String)], _ kind: MetricCell.Kind
    ) -> MetricCell {
        state.withLock { state in
            var key = MetricKey(label, dimensions)
            if state.cells[key] == nil, state.cells.count >= Self.seriesLimit {
                key = MetricKey(label, [])
            }
            if let known = state.cells[key] { return known }
            let made = MetricCell(kind)
            state.cells[key] = made
            return made
        }
    }

    /// The exposition format, version 0.0.4; names in order.
    var text: String {
        let (cells, sources) = state.withLock { ($0.cells, $0.sources) }
        var families: [String: (kind: String, lines: [String])] = [:]
        for (key, cell) in cells {
            let family = families[key.name]?.lines ?? []
            families[key.name] = (cell.kind.text, family + cell.lines(key))
        }
        for sample in sources.flatMap({ $0() }) {
            let key = MetricKey(sample.name, sample.labels)
            let family = families[key.name]?.lines ?? []
            families[key.name] = ("gauge", family + ["\(key) \(MetricKey.text(sample.value))"])
        }
        return families.sorted { $0.key < $1.key }.map { name, family in
            "# TYPE \(name) \(family.kind)\n" + family.lines.sorted().joined(separator: "\n") + "\n"
        }.joined()
    }
}

/// A name and its labels, as they stand in the text.
struct MetricKey: Hashable, CustomStringConvertible {
    let name: String
    private let labels: String

    init(_ name: String, _ labels: [(String, String)]) {
        self.name = name
        self.labels = labels.sorted { $0.0 < $1.0 }
            .map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
    }

    var description: String { with(suffix: "") }

    func with(suffix: String) -> String {
        "\(name)\(suffix)" + (labels.isEmpty ? "" : "{\(labels)}")
    }

    static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
    }
}
