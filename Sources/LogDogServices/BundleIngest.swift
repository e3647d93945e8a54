import AccessControl
import ByteCoding
import ButlerProtocol
import Coordinator
import LogDogModel
import Platform
import RPCStatus
import ServiceConfiguration
import Tumble

/// What became of one message of a Butler.
package struct MessageOutcome: Hashable, Sendable {
    /// Parts of the bundle that were taken.
    package var accepted = 0
    /// Parts that were refused for good; the whole message counts as one if it does not parse.
    package var dropped = 0
    /// Why, of the first that was dropped or is to be sent again.
    package var reason = ""
    /// The code of the first refusal.
    package var code = StatusCode.ok
    /// Whether the message should be sent again: what was taken of it is taken once more without
    /// harm.
    package var shouldRetry = false
    /// When it is worth sending again; nil where nothing is known of that.
    package var retryAfter: Duration?

    package init() {}

    /// The outcome of a message that is refused as a whole.
    package static func dropped(_ why: String) -> MessageOutcome {
        var outcome = MessageOutcome()
        outcome.drop(why)
        return outcome
    }

    mutating func drop(_ why: String, _ code: StatusCode = .invalidArgument) {
        dropped += 1
        note(why, code)
    }

    mutating func retry(_ error: RPCError) {
        shouldRetry = true
        if reason.isEmpty { retryAfter = error.retryAfter }
        note(error.message, error.code)
    }

    private mutating func note(_ why: String, _ code: StatusCode) {
        guard reason.isEmpty else { return }
        reason = why
        self.code = code
    }
}

/// Takes bundles of Butlers by the rules of a Collector (`spec/formats.md §5.3`), whatever door
/// they come through. Idempotent: in any order, any number of times.
package struct BundleIngest: Sendable {
    private let context: ServiceContext
    private let descriptors = DescriptorCache()

    package init(_ context: ServiceContext) { self.context = context }

    /// Returns when everything in the message that is taken is durable.
    ///
    /// - Parameter caller: whose share of the server it counts against; what lets a bundle in is
    ///   the secret of its prefix.
    package func ingest(_ message: BundleMessage, from caller: Caller) async -> MessageOutcome {
        var outcome = MessageOutcome()
        guard message.protoVersion == "1" else {
            outcome.drop("protobuf version \(message.protoVersion.prefix(20)) is not known")
            return outcome
        }
        let bundle: LogBundle
        do throws(BundleError) {
            bundle = try LogBundle(scanning: message.body)
        } catch {
            outcome.drop("\(error)")
            return outcome
        }
        let timers: ArchivalTimers
        do throws(RPCError) {
            timers = context.timers(for: try project(of: bundle))
        } catch {
            outcome.drop(error.message, error.code)
            return outcome
        }
        var deliveries: [DeliverEntries] = []
        var endsRefused: [Bool] = []
        for entry in bundle.entries {
            // A part that brings nothing is passed over.
            guard !entry.logs.isEmpty || entry.terminal else {
                outcome.accepted += 1
                continue
            }
            do throws(RPCError) {
                var delivery = try delivery(of: entry, in: bundle, timers)
                delivery.bundle = Self.kept(entry, in: bundle, message)
                deliveries.append(delivery)
                endsRefused.append(Self.end(of: entry) == .refused)
            } catch {
                outcome.drop(error.message, error.code)
            }
        }
        do throws(RPCError) {
            try context.payEntries(deliveries, in: bundle.project, caller)
        } catch {
            outcome.retry(error)
            return outcome
        }
        let results = await submit(deliveries.map { .deliver($0) })
        for (result, endIsRefused) in zip(results, endsRefused) {
            Self.count(result, endIsRefused: endIsRefused, &outcome)
        }
        return outcome
    }

    /// Whoever does not know a prefix's secret learns nothing of what is there.
    private static let denied = RPCError(
        .permissionDenied,
        "the project or prefix is not there, or has expired, or the secret is not the prefix's")

    private enum End: Equatable {
        case open
        case at(UInt64)
        case refused
    }

    /// The wire has a bit more than an index: to the original's Coordinator an end beyond the last
    /// index is a negative one, so it stores the entries and refuses the termination.
    private static func end(of entry: BundleEntry) -> End {
        guard entry.terminal else { return .open }
        return entry.terminalIndex <= StreamState.lastIndex ? .at(entry.terminalIndex) : .refused
    }

    /// The bundle as it came, if all of it is one part that may be taken whole.
    private static func kept(
        _ entry: BundleEntry, in bundle: LogBundle, _ message: BundleMessage
    ) -> KeptBundle? {
        guard let deflated = message.deflated, bundle.entries.count == 1, end(of: entry) != .refused
        else { return nil }
        return KeptBundle(
            deflated: deflated, inflatedLength: message.body.count, part: bundle.lastPart)
    }

    private func project(of bundle: LogBundle) throws(RPCError) -> ProjectSettings {
        do throws(NameError) {
            try Names.check(projectName: bundle.project)
        } catch {
            throw RPCError(.invalidArgument, "the bundle's project name is invalid")
        }
        do throws(NameError) {
            try Names.check(streamName: bundle.prefix)
        } catch {
            throw RPCError(.invalidArgument, "the bundle's prefix is invalid")
        }
        guard let project = context.authority.project(bundle.project) else {
            throw Self.denied
        }
        return project
    }

    /// Checks a part: all of it is taken, or none.
    private func delivery(
        of entry: BundleEntry, in bundle: LogBundle, _ timers: ArchivalTimers
    ) throws(RPCError) -> DeliverEntries {
        guard bundle.secret.count == Secret.length else {
            throw RPCError(.invalidArgument, "the bundle's secret has not 36 bytes")
        }
        guard let serialized = entry.descriptor else {
            throw RPCError(.invalidArgument, "a part has no descriptor")
        }
        let descriptor: StreamDescriptor
        do throws(DescriptorError) {
            descriptor = try descriptors.descriptor(serialized, inBundleOf: bundle.prefix)
        } catch {
            throw RPCError(.invalidArgument, "a part's descriptor is invalid: \(error)")
        }
        let first = try firstIndex(of: entry.logs, descriptor.streamType)
        var terminalIndex: UInt64?
        if case .at(let index) = Self.end(of: entry) { terminalIndex = index }
        return DeliverEntries(
            registration: RegisterStream(
                project: bundle.project, secret: Array(bundle.secret), protoVersion: "1",
                descriptor: descriptor, terminalIndex: terminalIndex,
                timers: timers),
            first: first, entries: entry.logs)
    }

    /// Checks every entry and that their indexes follow each other.
    private func firstIndex(
        of logs: [ArraySlice<UInt8>], _ type: StreamType
    ) throws(RPCError) -> UInt64 {
        var first: UInt64 = 0
        for (offset, log) in logs.enumerated() {
            let head: EntryHead
            do throws(EntryError) {
                head = try EntryHead(scanning: log, validFor: type)
            } catch {
                throw RPCError(.invalidArgument, "an entry is invalid: \(error)")
            }
            if offset == 0 {
                first = head.streamIndex
                guard first <= UInt64(Int64.max) - UInt64(logs.count) else {
                    throw RPCError(.invalidArgument, "an entry's index is out of range")
                }
            }
            guard head.streamIndex == first + UInt64(offset) else {
                throw RPCError(.invalidArgument, "the entries' indexes have a gap")
            }
        }
        return first
    }

    private func submit(
        _ mutations: [CoordinatorMutation]
    ) async -> [Result<CoordinatorReply, SubmitFailure<Rejection>>] {
        guard !mutations.isEmpty else { return [] }
        return await withCheckedContinuation { caller in
            context.processor.submit(mutations) { caller.resume(returning: $0) }
        }
    }

    private static func count(
        _ result: Result<CoordinatorReply, SubmitFailure<Rejection>>, endIsRefused: Bool,
        _ outcome: inout MessageOutcome
    ) {
        switch result {
        // Too late, and no fault of the sender's: it is not to be sent again.
        case .success(.delivered(.dropped(.archived))), .success(.delivered(.dropped(.purged))):
            outcome.accepted += 1
        case .success(.delivered(.dropped(.secretMismatch))),
            .failure(.rejected(.prefixNotRegistered)), .failure(.rejected(.prefixExpired)):
            outcome.drop(denied.message, denied.code)
        case .success(.delivered(.dropped(let reason))):
            outcome.drop(reason.rawValue, .permissionDenied)
        case .success where endIsRefused:
            outcome.drop("the terminal index is out of range; the entries are stored")
        case .success: outcome.accepted += 1
        case .failure(let failure):
            let error = RPCError(failure)
            switch error.code {
            case .unavailable, .resourceExhausted, .internal, .unknown: outcome.retry(error)
            default: outcome.drop(error.message, error.code)
            }
        }
    }
}
