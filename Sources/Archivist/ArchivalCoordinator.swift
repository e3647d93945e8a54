import Coordinator
import Journal
import LogDogModel
import Platform

/// The Coordinator as an archivist needs it: in the same process, or over its calls. Blocks.
package protocol ArchivalCoordinator: Sendable {
    /// Takes tasks that are due, `limit` at most, for `lease`.
    func lease(_ limit: Int, for lease: Duration) throws(CoordinatorTrouble) -> [TaskTicket]
    /// What there is to archive now; nil if there is no such stream any more.
    func load(_ ticket: TaskTicket) throws(CoordinatorTrouble) -> Assignment?
    /// Hands `body` the entries of the stream in the order of their indexes, as runs of RecordIO
    /// frames behind their first index, until it returns false.
    func visitEntries(
        of assignment: Assignment, _ body: (UInt64, ArraySlice<UInt8>) -> Bool
    ) throws(CoordinatorTrouble)
    /// Reports archives, in one go; a report is answered with whether the stream now has that very
    /// archive, or why not.
    func report(
        _ reports: [ArchiveReport]
    ) throws(CoordinatorTrouble) -> [ReportOutcome]
    /// Says that nothing is left to do for tasks.
    func acknowledge(_ tickets: [TaskTicket]) throws(CoordinatorTrouble)
    /// Gives a task back, so that it comes again after a while.
    func giveBack(_ ticket: TaskTicket, because reason: String) throws(CoordinatorTrouble)
}

/// Why the Coordinator did not do what it was asked for.
package struct CoordinatorTrouble: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// A task that an archivist has taken.
package struct TaskTicket: Hashable, Sendable {
    /// What the Coordinator knows the task by.
    package let task: String
    package let project: String
    package let stream: HashID
    /// The registration of the stream; nil where only its hash is told.
    package let identity: StreamID?
    /// The record by which the task was taken; nil where it is not told.
    package let lease: RecordNumber?
    /// How often the task came back before.
    package let retries: UInt64
    /// When it comes back by itself.
    package let leaseEnd: Timestamp
}

/// What there is to archive.
package struct Assignment: Sendable {
    package let ticket: TaskTicket
    package let descriptor: StreamDescriptor
    /// The last index; nil if the stream is open.
    package let terminalIndex: UInt64?
    /// What the stream has received: what must still be so when it is reported as archived. Nil
    /// where it is not told.
    package let received: ReceivedRanges?
    package let isArchived: Bool

    /// The index behind the last one that is archived.
    var end: UInt64 {
        guard let terminalIndex, terminalIndex < .max else { return .max }
        return terminalIndex + 1
    }

    /// Goes into the names of the objects, so that no other stream has them.
    var identity: String {
        ticket.identity.map { "\($0.record)" } ?? "t\(ticket.task.filter { $0 != ":" })"
    }
}

/// An archive that an archivist has written and read back.
package struct ArchiveReport: Sendable {
    package let assignment: Assignment
    /// The index of the last entry; nil without entries.
    package let lastIndex: UInt64?
    package let entryCount: UInt64
    package let entriesURL: String
    package let entriesSize: UInt64
    package let indexURL: String
    package let indexSize: UInt64
    /// Not empty if the stream can never be archived: then the URLs are where it would be
    /// (`spec/rpc.md §16`, D10).
    package let failure: String
}

/// What became of a report.
package enum ReportOutcome: Hashable, Sendable {
    /// The stream has this archive.
    case taken
    /// It has another one already; the first report wins.
    case superseded
    /// There is no such stream any more.
    case gone
    /// More entries came meanwhile, or it could not be taken now.
    case refused(String)
}

/// An archive whose objects are to be written anew.
package struct DamagedArchive: Sendable {
    /// As if it were a task; its end is the archive's.
    package let assignment: Assignment
    package let entriesURL: String
    package let indexURL: String
    package let entryCount: UInt64
}
