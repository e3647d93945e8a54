import ByteCoding
import Journal
import Platform
import Tumble

/// The rules of the Coordinator as the processor drives them.
package struct CoordinatorMachine: Machine {
    package typealias State = CoordinatorState
    package typealias Mutation = CoordinatorMutation
    package typealias Event = CoordinatorEvent
    package typealias Effect = CoordinatorEffect
    package typealias Reply = CoordinatorReply

    /// The machine holds nothing: everything is in its state.
    package init() {}

    package func initialState() -> CoordinatorState { CoordinatorState() }

    package func decide(
        _ mutation: CoordinatorMutation, in state: CoordinatorState, at now: Timestamp,
        next: RecordNumber
    ) throws(Rejection) -> Decision<CoordinatorMachine> {
        switch mutation {
        case .registerPrefix(let mutation):
            try mutation.decide(in: state, at: now, next: next)
        case .registerStream(let mutation):
            try mutation.decide(in: state, at: now, next: next)
        case .deliver(let mutation): try mutation.decide(in: state, at: now, next: next)
        case .terminateStream(let mutation): try mutation.decide(in: state, at: now)
        case .dispatchArchival(let mutation):
            try mutation.decide(in: state, at: now, next: next)
        case .changeConfiguration(let mutation): try mutation.decide(in: state, at: now)
        case .leaseArchiveTasks(let mutation):
            try mutation.decide(in: state, at: now, next: next)
        case .releaseArchival(let mutation): mutation.decide(in: state)
        case .failArchival(let mutation): mutation.decide(in: state, at: now, next: next)
        case .rescheduleArchiveTask(let mutation):
            try mutation.decide(in: state, at: now, next: next)
        case .deleteArchiveTasks(let mutation): mutation.decide(in: state)
        case .archiveStream(let mutation): try mutation.decide(in: state, at: now)
        case .abandonStream(let mutation): try mutation.decide(in: state, at: now)
        case .deletePrefix(let mutation): try mutation.decide(in: state, at: now)
        case .removeStreams(let mutation): try mutation.decide(in: state, at: now)
        case .purgeStream(let mutation): try mutation.decide(in: state, at: now)
        case .expireStreams(let mutation): try mutation.decide(in: state, at: now)
        case .holdPrefix(let mutation): try mutation.decide(in: state, at: now)
        case .pauseRetention(let mutation): mutation.decide(in: state, at: now)
        case .removeArchives(let mutation): mutation.decide(at: now)
        case .archivesRemoved(let mutation): mutation.decide()
        case .setStorageAccount(let mutation): mutation.decide(at: now)
        }
    }

    package func restore(_ run: Run, in state: inout CoordinatorState) {
        let id = StreamID(record: RecordNumber(rawValue: run.subject))
        // Entries of a stream that has gone since are nobody's any more.
        _ = state.receive(run.first..<run.end, of: id)
    }

    package func run(of event: CoordinatorEvent) -> Run? {
        switch event {
        case .entriesAppended(let stream, let first, _, let count),
            .entriesKept(let stream, let first, let count, _):
            Run(subject: stream.record.rawValue, first: first, count: count)
        default: nil
        }
    }

    package func run(of record: Record) -> Run? {
        guard
            record.kind == CoordinatorRecordKind.entriesAppended
                || record.kind == CoordinatorRecordKind.entriesKept
        else { return nil }
        var reader = ByteReader(record.payload)
        do throws(ByteError) {
            return Run(
                subject: try reader.varint(), first: try reader.varint(),
                count: try reader.varint())
        } catch {
            return nil
        }
    }

    package func encode(
        _ event: CoordinatorEvent, into bytes: inout [UInt8]
    ) -> (kind: RecordKind, version: UInt8, form: RecordForm) {
        let kind = EventCodecV1.encode(event, into: &bytes)
        let form: RecordForm = kind == CoordinatorRecordKind.entriesKept ? .kept : .plain
        return (kind, EventCodecV1.version, form)
    }

    package func decode(_ record: Record) throws(Misfit) -> CoordinatorEvent {
        guard record.version == EventCodecV1.version else {
            throw Misfit("version \(record.version) of the Coordinator's events is not known")
        }
        do {
            return try EventCodecV1.decode(record)
        } catch let error as Misfit {
            throw error
        } catch {
            throw Misfit("the payload is ill-formed: \(error)")
        }
    }

    package func encode(_ mutation: CoordinatorMutation, into bytes: inout [UInt8]) {
        switch mutation {
        case .dispatchArchival(let dispatch):
            bytes.append(
                dispatch.classic == nil
                    ? MutationCode.dispatchArchival : MutationCode.dispatchClassically)
            dispatch.encode(into: &bytes)
        case .releaseArchival(let release):
            bytes.append(MutationCode.releaseArchival)
            release.encode(into: &bytes)
        case .removeStreams(let removal):
            bytes.append(MutationCode.removeStreams)
            removal.encode(into: &bytes)
        case .removeArchives(let removal):
            bytes.append(MutationCode.removeArchives)
            removal.encode(into: &bytes)
        case .abandonStream(let abandonment):
            bytes.append(MutationCode.abandonStream)
            abandonment.encode(into: &bytes)
        default: preconditionFailure("only deadlines are scheduled")
        }
    }

    package func decodeMutation(
        _ bytes: ArraySlice<UInt8>
    ) throws(Misfit) -> CoordinatorMutation {
        do {
            var reader = ByteReader(bytes)
            switch try reader.byte() {
            case MutationCode.dispatchArchival:
                return .dispatchArchival(
                    try DispatchArchival(decoding: &reader, isClassic: false))
            case MutationCode.dispatchClassically:
                return .dispatchArchival(
                    try DispatchArchival(decoding: &reader, isClassic: true))
            case MutationCode.releaseArchival:
                return .releaseArchival(try ReleaseArchival(decoding: &reader))
            case MutationCode.removeStreams:
                return .removeStreams(try RemoveStreams(decoding: &reader))
            case MutationCode.removeArchives:
                return .removeArchives(try RemoveArchives(decoding: &reader))
            case MutationCode.abandonStream:
                return .abandonStream(try AbandonStream(decoding: &reader))
            default: throw Misfit("a scheduled mutation of a kind that is not known")
            }
        } catch let error as Misfit {
            throw error
        } catch {
            throw Misfit("a scheduled mutation is ill-formed: \(error)")
        }
    }

    /// Streams that a deletion has left behind are nobody's any more; streams that are too old
    /// might not be, by a better clock.
    package func isDestructive(_ mutation: CoordinatorMutation) -> Bool {
        switch mutation {
        case .removeStreams(let removal): removal.reason == .expired
        case .abandonStream: true
        default: false
        }
    }

    package var digestVersion: UInt8 { 2 }

    package func digest(of state: CoordinatorState) -> StateDigest {
        var sum = state.digest
        sum += state.tasks.digest
        return sum
    }

    package func digest(of state: CoordinatorState, version: UInt8) -> StateDigest? {
        switch version {
        // Tasks did not count yet.
        case 1: state.digest
        case digestVersion: digest(of: state)
        default: nil
        }
    }
}

/// The first byte of a scheduled mutation.
private enum MutationCode {
    static let dispatchArchival: UInt8 = 1
    static let releaseArchival: UInt8 = 2
    static let removeStreams: UInt8 = 3
    static let dispatchClassically: UInt8 = 4
    static let removeArchives: UInt8 = 5
    static let abandonStream: UInt8 = 6
}
