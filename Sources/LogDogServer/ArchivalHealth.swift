import Archivist
import Platform
import ReadModels

/// How archival fares: for metrics, and for the page that says whether the server is ready.
///
/// While nothing is archived the journal keeps all entries: that is the first thing that an operator
/// must hear of when a store is away.
struct ArchivalHealth: Sendable {
    /// Tasks that wait for longer are told of on `/readyz`.
    static let patience = Duration.seconds(3600)

    let readModel: ReadModel
    /// Nil where another program archives, or nobody.
    let archivist: Archivist?
    /// Nil where there is no store.
    let healer: ArchiveHealer?
    let sweep: RetentionSweep
    let clock: any Clock

    /// What is wrong, for operators; empty while all is well.
    var problems: [String] {
        var problems: [String] = []
        let (tasks, oldest) = readModel.archivalBacklog
        if let oldest, clock.wall().since(oldest) > Self.patience {
            var text = "\(tasks) archivals wait, the oldest since \(oldest)"
            if let reason = archivist?.status.lastFailure, !reason.isEmpty {
                text += "; the last failure: \(reason)"
            }
            problems.append(text)
        }
        let damaged = readModel.archives.damaged.count
        if damaged > 0 {
            let reason = healer?.status.lastFailure ?? ""
            problems.append(
                "\(damaged) archives are damaged"
                    + (reason.isEmpty ? "" : "; not healed: \(reason)"))
        }
        let failure = sweep.status.lastFailure
        if !failure.isEmpty { problems.append("retention: \(failure)") }
        return problems
    }

    var samples: [PrometheusRegistry.Sample] {
        let (tasks, oldest) = readModel.archivalBacklog
        let age = oldest.map { max(0, clock.wall().since($0) / .seconds(1)) } ?? 0
        var values: [(String, Double)] = [
            ("tasks", Double(tasks)), ("oldest_task_seconds", age.rounded()),
            ("damaged", Double(readModel.archives.damaged.count)),
            ("healed", Double(healer?.status.healed ?? 0)),
        ]
        let samples = retentionSamples
        if let status = archivist?.status {
            values += [
                ("archived_streams", Double(status.archived)),
                ("archived_bytes", Double(status.bytes)), ("failures", Double(status.failures)),
            ]
        }
        return values.map { .init(name: "logdog_archival_\($0.0)", labels: [], value: $0.1) }
            + samples
    }

    private var retentionSamples: [PrometheusRegistry.Sample] {
        let removals = readModel.removals
        let values: [(String, Double)] = [
            ("paused", readModel.retention.isPaused ? 1 : 0),
            ("removed_streams", Double(sweep.status.streams)),
            ("removed_objects", Double(removals.removed)),
            ("objects_left_alone", Double(removals.leftAlone)),
            ("failed", sweep.status.lastFailure.isEmpty ? 0 : 1),
        ]
        return values.map { .init(name: "logdog_retention_\($0.0)", labels: [], value: $0.1) }
    }
}
