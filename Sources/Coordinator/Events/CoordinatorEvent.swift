import Platform

/// What has happened. Kinds of `DESIGN.md §7` that no rule makes yet have their numbers reserved
/// in EventFormat.md.
package enum CoordinatorEvent: Hashable, Sendable {
    case prefixRegistered(PrefixState)
    case streamRegistered(StreamState)
    /// `count` RecordIO frames, one serialized entry each, numbered from `first`.
    case entriesAppended(
        stream: StreamID, first: UInt64, entries: ArraySlice<UInt8>, count: UInt64)
    case streamTerminated(stream: StreamID, index: UInt64, at: Timestamp)
    /// The archival of a stream has come due: its task is in the ready queue.
    case archivalTasked(stream: StreamID, reason: ArchivalReason, at: Timestamp)
    case configurationChanged(ConfigurationState)

    /// The prefix that it registers.
    package var prefix: PrefixID? {
        if case .prefixRegistered(let prefix) = self { return prefix.id }
        return nil
    }

    /// The stream that it is about.
    package var stream: StreamID? {
        switch self {
        case .prefixRegistered, .configurationChanged: nil
        case .streamRegistered(let stream): stream.id
        case .entriesAppended(let stream, _, _, _): stream
        case .streamTerminated(let stream, _, _): stream
        case .archivalTasked(let stream, _, _): stream
        }
    }
}

/// Why an archival comes due.
package enum ArchivalReason: UInt8, Sendable {
    /// The stream was terminated a settle delay ago.
    case terminated = 1
    /// It has been open for as long as a stream may be.
    case expired = 2
}
