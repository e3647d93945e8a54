import Coordinator
import Journal
import Platform

/// Why a read did not give what was asked for.
package enum ReadError: Error, Hashable, Sendable {
    /// No stream of that number is known.
    case unknownStream(StreamID)
    /// Entries that were acknowledged cannot be read back. What lies outside of the named range is
    /// intact and can still be read.
    case dataLoss(DataLoss)
    /// The journal's files could not be read; nothing is known to be lost.
    case journal(reason: String)
    /// The archive of a stream is missing or damaged, as `reason` says with the object's name, and
    /// the journal does not hold its entries any more.
    case archiveLost(StreamID, reason: String)
    /// The store of an archive does not answer; nothing is known to be lost.
    case archiveUnavailable(reason: String)
    /// The catalog did not reach what was durable at arrival before the deadline.
    case catalogBehind(reached: RecordNumber, wanted: RecordNumber)
    /// A search took longer than until its deadline.
    case late
    /// The catalog could not answer.
    case catalog(CatalogError)
    /// More than `limit` reads are waiting for a thread already.
    case busy(limit: Int)
    /// The program is going down.
    case stopped
}

/// Entries that were acknowledged and can no longer be read.
package struct DataLoss: Hashable, Sendable {
    package let stream: StreamID
    /// The indexes that the damaged block holds of this stream.
    package let entries: ClosedRange<UInt64>
    /// Where they were.
    package let block: BlockLocation
    /// The journal's words on what is wrong there, with record numbers.
    package let reason: String
}
