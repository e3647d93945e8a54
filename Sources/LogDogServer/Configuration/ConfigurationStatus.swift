import Platform
import ServiceConfiguration

/// How it stands with the configuration, for operators.
struct ConfigurationStatus: Sendable {
    /// The hash of the files that are in force, and since when they are.
    var hash: [UInt8]
    var since: Timestamp
    /// Why what is in the directory now is not taken; nil if it is in force.
    var refusal: ConfigurationRefusal?
    /// Whether the journal says that it is in force.
    var isJournaled = false
    /// Keys of issuers that could not be fetched.
    var keyFailures: [String] = []

    /// Lines for `/readyz`.
    var detail: [String] {
        let digits = hash.prefix(6).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        var lines = ["configuration \(digits.joined()) in force since \(since)"]
        if let refusal {
            lines.append("what is in its directory now is not taken:")
            lines += refusal.problems.map { "  \($0)" }
        }
        if !isJournaled { lines.append("the journal does not say so yet") }
        return lines + keyFailures
    }

    /// Samples for `/metrics`.
    var samples: [PrometheusRegistry.Sample] {
        var samples: [PrometheusRegistry.Sample] = [
            .init(
                name: "logdog_configuration_good", labels: [], value: refusal == nil ? 1 : 0),
            .init(
                name: "logdog_configuration_since_seconds", labels: [],
                value: Double(since.microseconds / 1_000_000)),
            .init(
                name: "logdog_issuer_key_failures", labels: [], value: Double(keyFailures.count)),
        ]
        for problem in refusal?.problems ?? [] {
            samples.append(
                .init(
                    name: "logdog_configuration_problem",
                    labels: [("file", problem.file), ("line", "\(problem.line ?? 0)")], value: 1))
        }
        return samples
    }
}
