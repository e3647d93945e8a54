import ByteCoding

// The files of an archive, in the words of the original (`spec/formats.md §3`).

/// Names and limits of the two files of an archive.
package enum ArchiveFormat {
    /// RecordIO: the descriptor, then the entries.
    package static let entriesFile = "logstream.entries"
    /// One bare `LogIndex` message.
    package static let indexFile = "logstream.index"
    /// A frame that declares more is damage; entries have 10 MiB at most.
    package static let frameLimit = 20 << 20

    /// Fields of `LogIndex` and `LogIndex.Entry`.
    enum Field {
        static let descriptor: UInt64 = 1
        static let entry: UInt64 = 2
        static let lastPrefixIndex: UInt64 = 3
        static let lastStreamIndex: UInt64 = 4
        static let entryCount: UInt64 = 5

        static let offset: UInt64 = 1
        static let sequence: UInt64 = 2
        static let prefixIndex: UInt64 = 3
        static let streamIndex: UInt64 = 4
        static let timeOffset: UInt64 = 5

        // Ours; other readers pass over them.

        /// In an entry and at the end of the index, fixed32: the CRC-32 of the entries file from
        /// the entry named before (or the beginning) to this one (or the end).
        static let checksum: UInt64 = 500
        /// Varint: the size of the entries file.
        static let entriesSize: UInt64 = 501
        /// Fixed32, the last field: the CRC-32 of all bytes of the index before it.
        static let indexChecksum: UInt64 = 502
    }
}

extension Array where Element == UInt8 {
    /// Appends a varint field; zero is left out, as proto3 does.
    mutating func appendNonZero(_ field: UInt64, _ value: UInt64) {
        if value != 0 { appendWireField(field, varint: value) }
    }

    /// Appends a fixed32 field.
    mutating func appendWireField(_ field: UInt64, fixed32 value: UInt32) {
        appendVarint(field << 3 | 5)
        appendLittleEndian(value)
    }
}
