import Coordinator
import Journal

/// A record as one line.
package enum RecordLine {
    /// How much of it is shown.
    package enum Detail: Hashable, Sendable {
        /// What it says; entries are counted.
        case fields
        /// What it says, entries included.
        case entries
        /// Its payload, undecoded, with secrets overwritten.
        case raw
    }

    package static func line(
        _ record: Record, _ content: RecordContent, in block: DecodedBlock, _ detail: Detail
    ) -> OutputLine {
        var fields = [
            OutputField("record", record.number.rawValue), OutputField("time", block.time),
            OutputField("kind", record.kind.name),
            OutputField("code", UInt64(record.kind.rawValue)),
            OutputField("version", UInt64(record.version)),
            OutputField("segment", block.location.segment.rawValue),
            OutputField("offset", UInt64(block.location.offset)),
        ]
        if detail == .raw {
            fields += rawFields(record, content)
        } else {
            fields.append(
                OutputField(
                    "event", .object(content.fields(showsEntries: detail == .entries))))
        }
        return OutputLine("record", fields)
    }

    private static func rawFields(_ record: Record, _ content: RecordContent) -> [OutputField] {
        let payload = MaskedPayload(of: record, content)
        let fields = [
            OutputField("form", record.form == .kept ? "kept" : "plain"),
            OutputField("bytes", record.payload.count),
            OutputField("masked", payload.isMasked),
            OutputField("payload", payload.bytes.map(OutputValue.bytes) ?? .none),
        ]
        guard case .event(.entriesKept(_, _, _, let bundle)) = content else { return fields }
        return fields + [OutputField("bundle", inflated(bundle))]
    }

    /// A secret in what a client deflated cannot be overwritten there, but once it is inflated.
    private static func inflated(_ bundle: KeptBundle) -> OutputValue {
        do throws(KeptBundleError) {
            return .bytes(try bundle.inflated(maskingSecretBy: MaskedPayload.mask))
        } catch {
            return .none
        }
    }
}
