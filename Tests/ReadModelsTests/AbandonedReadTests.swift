import Coordinator
import Platform
import Testing

@testable import ReadModels

/// A stream that was given up has no archive; its entries are still in the journal.
struct AbandonedReadTests {
    @Test(arguments: [nil, 5 as UInt64])
    func `entries of a stream that was given up are read from the journal`(
        _ terminalIndex: UInt64?
    ) async throws {
        let history = try WrittenHistory()
        try history.append(0...5)
        if let terminalIndex { try history.terminate(at: terminalIndex) }
        let nothing = ArchiveInfo(
            time: Timestamp(microseconds: 9_000_000), entryCount: 0, stream: ArchiveObject(),
            index: ArchiveObject())
        try history.commit([
            .streamArchived(
                stream: WrittenHistory.streamID, terminalIndex: terminalIndex, archive: nothing)
        ])
        #expect(try history.read().entries.map(\.index) == Array(0...5))
        let tail = try await history.model.tail(of: WrittenHistory.streamID)
        #expect(tail?.index == terminalIndex)
        #expect(history.model.archives.damaged.isEmpty)
        try await history.close()
    }
}
