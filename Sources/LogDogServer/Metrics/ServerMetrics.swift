import AccessControl
import CoreMetrics
import LogDogServices
import RPCStatus
import Tumble

/// What a server counts of its own work; its names are a promise to dashboards.
package struct ServerMetrics: Sendable {
    let registry = PrometheusRegistry()

    package init() {}

    /// A call was answered.
    func count(call method: String, _ code: StatusCode, took time: Duration) {
        Counter(
            label: "logdog_calls_total",
            dimensions: [("method", method), ("code", "\(code)")], factory: registry
        ).increment()
        Timer(
            label: "logdog_call_seconds", dimensions: [("method", method)], factory: registry
        ).recordNanoseconds(Int64(time / .nanoseconds(1)))
    }

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
        for (name, amount) in [("accepted", outcome.accepted), ("dropped", outcome.dropped)]
        where amount > 0 {
            Counter(
                label: "logdog_bundle_parts_total", dimensions: [("outcome", name)],
                factory: registry
            ).increment(by: amount)
        }
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
