import Archivist
import Coordinator
import Platform
import ReadModels
import Tumble

/// What retention is doing, as JSON.
struct RetentionAnswer: Encodable {
    /// Streams that have been kept for long enough.
    struct Streams: Encodable {
        var looks: Int
        var lastLook: String?
        var removed: Int
        var objectsRemoved: Int
        var objectsLeftAlone: Int
        /// Removals of objects that failed and are tried again.
        var stuck: [String]
        var lastFailure: String?
    }

    /// The rewriting of the journal.
    struct Journal: Encodable {
        var activity: String
        var segments: [UInt64] = []
        var inflatedBytes = 0
        var looks: Int
        var rewritings: Int
        var mergedSegments: Int
        var recordsLeftOut: UInt64
        var bytesBefore: Int
        var bytesAfter: Int
        var lastFailure: String?
    }

    var paused: Bool
    var pausedSince: String?
    var streams: Streams
    var journal: Journal

    init(
        _ state: RetentionState, _ sweep: RetentionStatus, _ removals: ArchiveRemovalStatus,
        _ stuck: [StuckEffect], _ rewriting: RewritingStatus
    ) {
        paused = state.isPaused
        pausedSince = state.isPaused ? "\(state.since)" : nil
        streams = Streams(
            looks: sweep.looks, lastLook: sweep.lastLook.map { "\($0)" }, removed: sweep.streams,
            objectsRemoved: removals.removed, objectsLeftAlone: removals.leftAlone,
            stuck: stuck.map { "\($0.description): \($0.attempts) attempts; \($0.lastError)" },
            lastFailure: sweep.lastFailure.isEmpty ? nil : sweep.lastFailure)
        journal = Journal(rewriting)
    }
}

extension RetentionAnswer.Journal {
    init(_ status: RewritingStatus) {
        self.init(
            activity: "", looks: status.looks, rewritings: status.rewritings,
            mergedSegments: status.merged, recordsLeftOut: status.leftOut,
            bytesBefore: status.bytesBefore, bytesAfter: status.bytesAfter,
            lastFailure: status.lastFailure.map { "\($0)" })
        switch status.activity {
        case .waiting: activity = "waiting"
        case .looking: activity = "looking"
        case .paused: activity = "paused"
        case .stopped: activity = "stopped"
        case .rewriting(let segments, let bytes):
            activity = "rewriting"
            self.segments = segments.map(\.rawValue)
            inflatedBytes = bytes
        }
    }
}

/// What retention would do, as JSON.
struct PlanAnswer: Encodable {
    struct Project: Encodable {
        var project: String
        var maxStreamAgeSeconds: Int64
        var maxArchiveAgeSeconds: Int64?
        var maxArchiveBytes: UInt64?
        var streamsByAge: Int
        var bytesByAge: UInt64
        var streamsToMakeRoom: Int
        var bytesToMakeRoom: UInt64

        init(_ forecast: RetentionForecast) {
            let policy = forecast.policy
            project = forecast.project
            maxStreamAgeSeconds = policy.ages.streamAge.components.seconds
            maxArchiveAgeSeconds = policy.ages.archiveAge?.components.seconds
            maxArchiveBytes = policy.archiveBytes
            streamsByAge = forecast.byAge.streams
            bytesByAge = forecast.byAge.bytes
            streamsToMakeRoom = forecast.toMakeRoom.streams
            bytesToMakeRoom = forecast.toMakeRoom.bytes
        }
    }

    struct Job: Encodable {
        var segments: [UInt64]
        var bytes: Int
        var bytesLeft: Int
        var when: String
    }

    struct Journal: Encodable {
        var unwantedStreams: Int
        var sealedSegments: Int
        var sealedBytes: Int
        var rewritings: [Job]
    }

    var projects: [Project]
    var journal: Journal

    init(_ forecasts: [RetentionForecast], _ rewriting: RewriteForecast) {
        projects = forecasts.map(Project.init)
        journal = Journal(
            unwantedStreams: rewriting.streams, sealedSegments: rewriting.sealedSegments,
            sealedBytes: rewriting.sealedBytes,
            rewritings: rewriting.jobs.map {
                Job(
                    segments: $0.segments.map(\.rawValue), bytes: $0.bytes,
                    bytesLeft: $0.bytesLeft, when: $0.isUrgent ? "next" : "quiet")
            })
    }
}
