import ByteCoding
import Journal
import LogDogModel
import Platform
import Tumble

/// The rules of the Coordinator as the processor drives them.
package struct CoordinatorMachine: Machine {
    package typealias State = CoordinatorState
    package typealias Mutation = CoordinatorMutation
    package typealias Event = CoordinatorEvent
    package typealias Effect = Never
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
        case .dispatchArchival(let mutation): try mutation.decide(in: state, at: now)
        case .changeConfiguration(let mutation): try mutation.decide(in: state, at: now)
        }
    }

    package func apply(
        _ event: CoordinatorEvent, numbered number: RecordNumber, to state: inout CoordinatorState
    ) throws(Misfit) {
        switch event {
        case .prefixRegistered(let prefix):
            guard prefix.id.record == number else { throw Misfit("a prefix is its record") }
            guard state.prefix(prefix.key) == nil else { throw Misfit("the prefix is there") }
            state.insert(prefix)
        case .streamRegistered(let stream):
            guard stream.id.record == number else { throw Misfit("a stream is its record") }
            guard state.stream(stream.key) == nil else { throw Misfit("the stream is there") }
            guard state.prefixes[stream.prefix] != nil else {
                throw Misfit("the prefix of the stream is not there")
            }
            state.insert(stream)
        case .entriesAppended(let id, let first, _, let count):
            let (end, overflow) = first.addingReportingOverflow(count)
            guard !overflow, state.receive(first..<end, of: id) else {
                throw Misfit("entries of a stream that is not there")
            }
        case .streamTerminated(let id, let index, let time):
            guard var stream = state.streams[id] else { throw Misfit("the stream is not there") }
            guard stream.terminalIndex == nil else {
                throw Misfit("a stream is terminated at most once")
            }
            stream.terminalIndex = index
            stream.terminatedAt = time
            stream.updated = max(stream.updated, time)
            state.update(stream)
        case .archivalTasked(let id, _, _):
            guard state.streams[id] != nil else { throw Misfit("the stream is not there") }
        case .configurationChanged(let configuration): state.configuration = configuration
        }
    }

    package func restore(_ run: Run, in state: inout CoordinatorState) {
        let id = StreamID(record: RecordNumber(rawValue: run.subject))
        // Entries of a stream that has gone since are nobody's any more.
        _ = state.receive(run.first..<run.end, of: id)
    }

    package func run(of event: CoordinatorEvent) -> Run? {
        guard case .entriesAppended(let stream, let first, _, let count) = event else { return nil }
        return Run(subject: stream.record.rawValue, first: first, count: count)
    }

    package func run(of record: Record) -> Run? {
        guard record.kind == CoordinatorRecordKind.entriesAppended else { return nil }
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
        (EventCodecV1.encode(event, into: &bytes), EventCodecV1.version, .plain)
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
        guard case .dispatchArchival(let dispatch) = mutation else {
            preconditionFailure("only deadlines are scheduled")
        }
        bytes.append(MutationCode.dispatchArchival)
        dispatch.encode(into: &bytes)
    }

    package func decodeMutation(
        _ bytes: ArraySlice<UInt8>
    ) throws(Misfit) -> CoordinatorMutation {
        do {
            var reader = ByteReader(bytes)
            switch try reader.byte() {
            case MutationCode.dispatchArchival:
                return .dispatchArchival(try DispatchArchival(decoding: &reader))
            default: throw Misfit("a scheduled mutation of a kind that is not known")
            }
        } catch let error as Misfit {
            throw error
        } catch {
            throw Misfit("a scheduled mutation is ill-formed: \(error)")
        }
    }

    package func root(of mutation: CoordinatorMutation) -> MutationRoot {
        switch mutation {
        case .registerPrefix(let mutation): Self.root(.ofPrefix(mutation.prefix))
        case .registerStream(let mutation): Self.root(mutation.descriptor.hash)
        case .deliver(let mutation): Self.root(mutation.registration.descriptor.hash)
        case .terminateStream(let mutation): Self.root(mutation.id)
        case .dispatchArchival(let mutation):
            MutationRoot(rawValue: mutation.stream.record.rawValue)
        case .changeConfiguration: MutationRoot(rawValue: 0)
        }
    }

    package func digest(of state: CoordinatorState) -> StateDigest { state.digest }

    private static func root(_ hash: HashID) -> MutationRoot {
        MutationRoot(rawValue: hash.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }
}

/// The first byte of a scheduled mutation.
private enum MutationCode {
    static let dispatchArchival: UInt8 = 1
}
