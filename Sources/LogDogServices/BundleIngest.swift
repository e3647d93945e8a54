import AccessControl
import ByteCoding
import ButlerProtocol
import Coordinator
import LogDogModel
import Platform
import RPCStatus
import ServiceConfiguration
import Tumble

/// Takes bundles of Butlers by the rules of a Collector (`spec/formats.md §5.3`), whatever door
/// they come through: a message is checked, and then submitted, alone or with others. Idempotent:
/// in any order, any number of times.
package final class BundleIngest: Sendable {
    private let context: ServiceContext
    private let descriptors = DescriptorCache()

    package init(_ context: ServiceContext) { self.context = context }

    /// Checks one message and submits it; returns when all of it that is taken is durable.
    package func ingest(_ message: BundleMessage, from caller: Caller) async -> MessageOutcome {
        var batch = BundleBatch()
        check(message, from: caller, into: &batch)
        let outcomes = await submit(batch)
        guard let outcome = outcomes.first else { preconditionFailure("one outcome a message") }
        return outcome
    }

    /// One outcome for each message of `batch`, in their order, when everything is durable.
    package func submit(_ batch: BundleBatch) async -> [MessageOutcome] {
        await withCheckedContinuation { caller in
            submit(batch) { caller.resume(returning: $0) }
        }
    }

    /// Submits messages together: one hand-over to the processor and one answer of it for all.
    ///
    /// - Parameter completion: called once, with one outcome for each message of `batch`, on a
    ///   thread that must not be blocked.
    package func submit(
        _ batch: BundleBatch, completion: @escaping @Sendable ([MessageOutcome]) -> Void
    ) {
        let messages = batch.messages
        guard !batch.mutations.isEmpty else {
            return completion(messages.map { $0.outcome(of: []) })
        }
        context.processor.submit(batch.mutations) { results in
            var rest = results[...]
            completion(
                messages.map { message in
                    let own = rest.prefix(message.deliveries)
                    rest = rest.dropFirst(own.count)
                    return message.outcome(of: own)
                })
        }
    }

    /// Checks what needs no state, and takes it from the shares of who sends it.
    ///
    /// - Parameter caller: whose share of the server it counts against; what lets a bundle in is
    ///   the secret of its prefix.
    package func check(
        _ message: BundleMessage, from caller: Caller, into batch: inout BundleBatch
    ) {
        guard message.protoVersion == "1" else {
            let version = message.protoVersion.prefix(20)
            return batch.add(CheckedMessage(dropped: "protobuf version \(version) is not known"))
        }
        let bundle: LogBundle
        do throws(BundleError) {
            bundle = try LogBundle(scanning: message.body)
        } catch {
            return batch.add(CheckedMessage(dropped: "\(error)"))
        }
        do throws(RPCError) {
            let timers = context.timers(for: try project(of: bundle))
            check(bundle, of: message, timers, from: caller, into: &batch)
        } catch {
            batch.add(CheckedMessage(dropped: error.message, error.code))
        }
    }

    private func check(
        _ bundle: LogBundle, of message: BundleMessage, _ timers: ArchivalTimers,
        from caller: Caller, into batch: inout BundleBatch
    ) {
        var checked = CheckedMessage()
        let first = batch.mutations.count
        for entry in bundle.entries {
            // A part that brings nothing is passed over.
            guard !entry.logs.isEmpty || entry.terminal else {
                checked.pass()
                continue
            }
            do throws(RPCError) {
                batch.mutations.append(
                    .deliver(try delivery(of: entry, in: bundle, of: message, timers)))
                checked.deliver(endIsRefused: Self.end(of: entry) == .refused)
            } catch {
                checked.drop(error)
            }
        }
        do throws(RPCError) {
            try context.payEntries(batch.deliveries(from: first), in: bundle.project, caller)
        } catch {
            batch.mutations.removeSubrange(first...)
            checked.retry(error)
        }
        batch.add(checked)
    }

    /// Whoever does not know a prefix's secret learns nothing of what is there.
    static let denied = RPCError(
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
        of entry: BundleEntry, in bundle: LogBundle, of message: BundleMessage,
        _ timers: ArchivalTimers
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
            first: first, entries: entry.logs, bundle: Self.kept(entry, in: bundle, message))
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
}
