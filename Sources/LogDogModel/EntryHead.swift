/// What is wrong with a serialized `LogEntry`.
package enum EntryError: Error, Hashable, Sendable {
    case undecodable
    /// The content does not suit the stream's type (`spec/formats.md §2`).
    case noContent
}

/// The numbers of a log entry, read from its wire bytes without building it.
package struct EntryHead: Hashable, Sendable {
    /// Its place in the stream.
    package var streamIndex: UInt64 = 0
    /// Its place among all entries of the prefix.
    package var prefixIndex: UInt64 = 0
    /// Of text the number of the first line, of binary data the byte offset, of a datagram its
    /// number.
    package var sequence: UInt64 = 0

    init() {}

    /// Reads and checks an entry of a stream of type `type`. One pass; nothing is copied.
    ///
    /// - Throws: `undecodable` if a protobuf decoder would refuse the bytes, so that what is
    ///   stored can always be read; `noContent` if text has no line, binary content no byte, or
    ///   the content is of another type.
    package init(
        scanning entry: ArraySlice<UInt8>, validFor type: StreamType
    ) throws(EntryError) {
        let result = entry.withUnsafeBytes { bytes -> Result<EntryHead, EntryError> in
            do throws(EntryError) {
                return .success(try EntryScanner.head(of: bytes, validFor: type))
            } catch {
                return .failure(error)
            }
        }
        self = try result.get()
    }
}
