import AccessControl
import CoreMetrics
import LogDogServices
import RPCStatus
import Tumble

/// What a server counts of its own work; its names are a promise to dashboards.
package struct ServerMetrics: Sendable {
    let registry = PrometheusRegistry()
    private let accepted: Counter
    private let dropped: Counter

    package init() {
        let name = "logdog_bundle_parts_total"
        accepted = Counter(
            label: name, dimensions: [("outcome", "accepted")], factory: registry)
        dropped = Counter(label: name, dimensions: [("outcome", "dropped")], factory: registry)
    }

    /// What calls of one method are counted by.
    func calls(of method: String) -> CallMetrics { CallMetrics(method, registry) }

    /// Somebody wanted more than a share. The share's owner is not a label: there may be many.
    func count(_ refusal: LimitExceeded) {
        Counter(
            label: "logdog_limit_refusals_total",
            dimensions: [("scope", refusal.scope.kind), ("resource", refusal.resource)],
            factory: registry
        ).increment()
    }

    /// A message of a Butler was answered.
    func count(_ outcome: MessageOutcome) {
        accepted.increment(by: outcome.accepted)
        dropped.increment(by: outcome.dropped)
        guard outcome.shouldRetry else { return }
        Counter(
            label: "logdog_bundles_to_repeat_total",
            dimensions: [("code", "\(outcome.code)")], factory: registry
        ).increment()
    }

    /// A configuration was read anew.
    func count(reload outcome: String) {
        Counter(
            label: "logdog_configuration_reloads_total", dimensions: [("outcome", outcome)],
            factory: registry
        ).increment()
    }

    /// How archival fares, whenever it is asked for.
    func collect(_ archival: ArchivalHealth) { registry.collect { archival.samples } }

    /// What the processor says of itself, whenever it is asked for.
    func collect(_ status: @escaping @Sendable () -> ProcessorStatus) {
        registry.collect {
            let status = status()
            func gauge(_ name: String, _ value: Double) -> PrometheusRegistry.Sample {
                .init(name: "logdog_\(name)", labels: [], value: value)
            }
            return [
                gauge("record_durable", Double(status.durable.rawValue)),
                gauge("mutations_queued", Double(status.queued)),
                gauge("mutations_pending", Double(status.pending)),
                gauge("journal_read_only", status.readOnlyReason == nil ? 0 : 1),
                gauge("journal_failed", status.failure == nil ? 0 : 1),
            ]
        }
    }
}

/// Counts the calls of one method; what most of them need is looked up once.
struct CallMetrics: Sendable {
    private let method: String
    private let registry: PrometheusRegistry
    private let good: Counter
    private let time: Timer

    init(_ method: String, _ registry: PrometheusRegistry) {
        self.method = method
        self.registry = registry
        good = Self.counter(method, .ok, registry)
        time = Timer(
            label: "logdog_call_seconds", dimensions: [("method", method)], factory: registry)
    }

    /// A call was answered.
    func count(_ code: StatusCode, took duration: Duration) {
        (code == .ok ? good : Self.counter(method, code, registry)).increment()
        time.recordNanoseconds(
            duration.components.seconds &* 1_000_000_000
                &+ duration.components.attoseconds / 1_000_000_000)
    }

    private static func counter(
        _ method: String, _ code: StatusCode, _ registry: PrometheusRegistry
    ) -> Counter {
        Counter(
            label: "logdog_calls_total", dimensions: [("method", method), ("code", "\(code)")],
            factory: registry)
    }
}
