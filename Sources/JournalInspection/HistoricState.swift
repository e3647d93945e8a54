import Coordinator
import Journal
import LogDogModel
import Platform
import ReadModels
import Tumble

/// A prefix or stream as it was at some record: the journal replayed up to there.
package struct HistoricState {
    /// What is asked for.
    package enum Subject: Hashable, Sendable {
        case prefix(project: String, String)
        case stream(project: String, StreamPath)

        /// Takes `PROJECT/PREFIX` or `PROJECT/PREFIX/+/NAME`.
        package init(parsing text: String) throws(NameError) {
            if text.contains("/+/") {
                let address = try StreamAddress(parsing: text)
                self = .stream(project: address.project, address.path)
                return
            }
            guard let slash = text.firstIndex(of: "/") else { throw .noSeparator }
            let project = String(text[..<slash])
            let prefix = String(text[text.index(after: slash)...])
            try Names.check(projectName: project)
            try Names.check(streamName: prefix)
            self = .prefix(project: project, prefix)
        }
    }

    private var rebuild: CatalogRebuild
    private let isLive: Bool

    package init(_ journal: InspectedJournal) throws(JournalError) {
        rebuild = CatalogRebuild(journal.reader, machine: CoordinatorMachine())
        isLive = try journal.isLive()
    }

    /// Records that are lost before the place it has come to.
    package var losses: [RecoveryReport.Loss] { rebuild.losses }

    /// Replays up to `bound`; all that there is without one. Costs what a start without a catalog
    /// costs.
    package mutating func advance(
        to bound: Bound?, progress: (RecordNumber) -> Void = { _ in }
    ) throws(StoreError) {
        let (last, until) = bound?.limits ?? (.last, .distantFuture)
        try rebuild.advance(
            through: last, until: until, uncovered: !isLive, into: nil, progress: progress)
    }

    /// What was known of `subject`; empty if there was no such thing.
    package func lines(of subject: Subject) -> [OutputLine] {
        let place = [
            OutputField("at", rebuild.checkpoint.reached.rawValue),
            OutputField("time", rebuild.checkpoint.time),
        ]
        switch subject {
        case .prefix(let project, let name):
            let key = PrefixKey(project: project, hash: .ofPrefix(name))
            guard let prefix = rebuild.state.prefix(key) else { return [] }
            return lines(of: prefix, place)
        case .stream(let project, let path):
            let key = StreamKey(project: project, hash: path.hash)
            guard let stream = rebuild.state.stream(key) else { return [] }
            return lines(of: stream, place)
        }
    }

    private func lines(of prefix: PrefixState, _ place: [OutputField]) -> [OutputLine] {
        let streams = rebuild.state.streams.values.filter { $0.prefix == prefix.id }
        let open = streams.filter { $0.terminalIndex == nil }
        let line = OutputLine(
            "prefix",
            place + [OutputField("id", prefix.id.record.rawValue)]
                + RecordContent.fields(of: prefix)
                + [OutputField("streams", streams.count), OutputField("open", open.count)])
        return [line] + pending(prefix.id.record)
    }

    private func lines(of stream: StreamState, _ place: [OutputField]) -> [OutputLine] {
        let received = stream.received
        let line = OutputLine(
            "stream",
            place + [OutputField("id", stream.id.record.rawValue)]
                + RecordContent.fields(of: stream)
                + [
                    OutputField("updated", stream.updated),
                    OutputField(
                        "terminated",
                        stream.terminatedAt.map { .text($0.description) } ?? .none),
                    OutputField("archivalKey", .bytes(stream.archivalKey)),
                    OutputField("archivalState", "\(stream.archivalState)"),
                    OutputField(
                        "archive",
                        stream.archive.map { .object(RecordContent.fields(of: $0)) } ?? .none),
                    OutputField("purged", stream.purged),
                    OutputField(
                        "contiguousThrough",
                        received.contiguousThrough.map(OutputValue.number) ?? .none),
                ])
        return [line] + pending(stream.id.record)
    }

    /// Mutations about it that waited for their time.
    private func pending(_ root: RecordNumber) -> [OutputLine] {
        rebuild.pending.filter { $0.scheduled.root.rawValue == root.rawValue }
            .sorted { $0.id < $1.id }
            .map { mutation in
                OutputLine(
                    "pending",
                    [OutputField("id", mutation.id.rawValue)]
                        + RecordContent.fields(of: mutation.scheduled))
            }
    }
}
