import ByteCoding
import Journal

extension CoordinatorMachine {
    /// What a kept record (kind 46) says, as a record of kind 34: the same entries, without the
    /// rest of the bundle, in which the prefix secret stands. Nil for other kinds, and for a bundle
    /// that cannot be read: such a record stays what it is.
    ///
    /// Cost: inflates the bundle.
    package func restated(_ record: Record) -> Record? {
        guard record.kind == CoordinatorRecordKind.entriesKept,
            case .entriesKept(let stream, let first, let count, let bundle)? = try? decode(record),
            let entries = try? bundle.entries(), UInt64(entries.count) == count
        else { return nil }
        var frames: [UInt8] = []
        for entry in entries { RecordIO.append(entry, to: &frames) }
        var payload: [UInt8] = []
        let (kind, version, form) = encode(
            .entriesAppended(stream: stream, first: first, entries: frames[...], count: count),
            into: &payload)
        return Record(
            number: record.number, kind: kind, version: version, form: form,
            payload: payload[...])
    }
}
