import ByteCoding
import Platform
import Tumble

/// A deadline: the objects of streams that have left are to go from their stores.
///
/// It fires when the streams have left, and again as long as nobody says that it is done: so
/// nothing is forgotten, whenever the program ends.
package struct RemoveArchives: Hashable, Sendable {
    /// The archives of one of these.
    static let pieceLimit = 100
    /// Until it fires again; a store that is away is tried more often, by whoever does it.
    package static let repetition = Duration.seconds(3600)

    package let prefix: PrefixID
    /// At least one.
    package let archives: [DoomedArchive]

    package init(of prefix: PrefixID, _ archives: [DoomedArchive]) {
        self.prefix = prefix
        self.archives = archives
    }

    func decide(at now: Timestamp) -> Decision<CoordinatorMachine> {
        let again = scheduled(due: now.adding(Self.repetition))
        return Decision(
            schedule: DeliberateFault.removeArchivesOnce.isOn ? [] : [again],
            effects: [.removeArchives(self)], reply: .nothing)
    }

    /// What the removal of streams schedules.
    static func scheduled(
        after streams: [StreamState], of prefix: PrefixID, at now: Timestamp
    ) -> [ScheduledMutation<CoordinatorMachine>] {
        let doomed = streams.compactMap(DoomedArchive.init(of:)).filter { !$0.urls.isEmpty }
        return stride(from: 0, to: doomed.count, by: pieceLimit).map { start in
            RemoveArchives(
                of: prefix, Array(doomed[start..<min(start + pieceLimit, doomed.count)])
            ).scheduled(due: now)
        }
    }

    private func scheduled(due: Timestamp) -> ScheduledMutation<CoordinatorMachine> {
        ScheduledMutation(
            mutation: .removeArchives(self), root: MutationRoot(rawValue: prefix.record.rawValue),
            name: name, due: due)
    }

    /// A stream leaves once, so that no two have the same.
    package var name: MutationName {
        MutationName(rawValue: "remove-archives-\(archives[0].stream.record)")
    }

    func encode(into bytes: inout [UInt8]) {
        bytes.appendVarint(prefix.record.rawValue)
        bytes.appendVarint(UInt64(archives.count))
        for archive in archives { archive.encode(into: &bytes) }
    }

    init(decoding reader: inout ByteReader) throws {
        prefix = try reader.prefixID()
        let count = try reader.varint()
        guard count > 0, count <= UInt64(reader.remaining) else {
            throw Misfit("\(count) archives in \(reader.remaining) bytes")
        }
        var archives: [DoomedArchive] = []
        for _ in 0..<count { archives.append(try DoomedArchive(decoding: &reader)) }
        self.archives = archives
    }
}

/// The objects of archives are gone: nothing is left to do.
package struct ArchivesRemoved: Hashable, Sendable {
    package let removal: RemoveArchives

    package init(_ removal: RemoveArchives) { self.removal = removal }

    func decide() -> Decision<CoordinatorMachine> {
        Decision(cancel: [removal.name], reply: .nothing)
    }
}
