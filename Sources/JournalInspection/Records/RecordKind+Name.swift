import Coordinator
import Journal
import Tumble

extension RecordKind {
    /// All kinds that have a name, in the order of their numbers.
    package static let named: [(kind: RecordKind, name: String)] = [
        (.index, "index"),
        (ProcessorRecordKind.scheduled, "mutation scheduled"),
        (ProcessorRecordKind.cancelled, "mutation cancelled"),
        (ProcessorRecordKind.fired, "mutation fired"),
        (ProcessorRecordKind.digest, "digest"),
        (ProcessorRecordKind.clockReset, "clock reset"),
        (CoordinatorRecordKind.prefixRegistered, "prefix registered"),
        (CoordinatorRecordKind.streamRegistered, "stream registered"),
        (CoordinatorRecordKind.entriesAppended, "entries appended"),
        (CoordinatorRecordKind.streamTerminated, "stream terminated"),
        (CoordinatorRecordKind.archivalTasked, "archival tasked"),
        (CoordinatorRecordKind.archivalLeased, "archival leased"),
        (CoordinatorRecordKind.archivalReleased, "archival released"),
        (CoordinatorRecordKind.archivalFailed, "archival failed"),
        (CoordinatorRecordKind.streamArchived, "stream archived"),
        (CoordinatorRecordKind.streamPurged, "stream purged"),
        (CoordinatorRecordKind.prefixDeleted, "prefix deleted"),
        (CoordinatorRecordKind.configurationChanged, "configuration changed"),
        (CoordinatorRecordKind.archivalDeleted, "archival tasks deleted"),
        (CoordinatorRecordKind.streamsRemoved, "streams removed"),
        (CoordinatorRecordKind.entriesKept, "entries kept"),
        (CoordinatorRecordKind.archivalPublished, "archival published"),
        (CoordinatorRecordKind.storageAccountSet, "storage account set"),
        (CoordinatorRecordKind.prefixHeld, "prefix held"),
        (CoordinatorRecordKind.retentionPaused, "retention paused"),
    ]

    private static let names = Dictionary(
        uniqueKeysWithValues: named.map { ($0.kind, $0.name) })

    /// As in EventFormat.md and ProcessorRecords.md; `kind N` for one that this build does not
    /// know.
    package var name: String { Self.names[self] ?? "kind \(rawValue)" }

    /// Takes a name, with blanks or hyphens, or a number.
    package init?(named text: String) {
        let name = text.replacing("-", with: " ")
        if let known = Self.named.first(where: { $0.name == name }) {
            self = known.kind
            return
        }
        let digits = name.hasPrefix("kind ") ? name.dropFirst(5) : name[...]
        guard let number = UInt8(digits) else { return nil }
        self.init(rawValue: number)
    }
}
