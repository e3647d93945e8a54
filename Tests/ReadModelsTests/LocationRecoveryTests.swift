import Coordinator
import Journal
import Platform
import Testing

@testable import ReadModels

/// A start finds every entry by the journal's own indexes, wherever the catalog stands.
@Suite(.serialized)
struct LocationRecoveryTests {
    @Test(arguments: [0, 1, 7, 40, 119, 120] as [UInt64])
    func `every entry has its place after a start`(
        _ flushAt: UInt64
    ) async throws {
        let history = try WrittenHistory(catalog: .sqlite)
        for number in 0..<120 as Range<UInt64> {
            if number == flushAt { history.model.follower.stop() }
            try history.append(number * 10...number * 10 + 9, length: 60)
        }
        history.model.follower.stop()
        let contents = try history.catalog.load()
        let reached = contents.checkpoint.reached

        let machine = history.machine
        let reader = JournalReader(
            JournalDirectory(path: history.journalPath, files: SystemFileSystem()),
            runOf: { machine.run(of: $0) })
        let snapshot = try contents.snapshot(for: machine)
        let model = ReadModel(
            InMemoryCatalog(machine: machine), snapshot, reader: reader, machine: machine,
            options: StoreOptions())
        try LocationRecovery(reader: reader, hot: model.hot)
            .restore(through: reached, holding: contents.segments)

        let page = try await model.entries(
            of: WrittenHistory.streamID, from: 0, limits: ReadLimits())
        #expect(page.entries.count == 1200)
        let isWhole = page.entries.allSatisfy {
            Array($0.bytes) == WrittenHistory.entry($0.index, length: 60)
        }
        #expect(isWhole)
        if reached > .none {
            #expect(try await model.tail(of: WrittenHistory.streamID)?.index == 1199)
        }
        await model.stop()
        try await history.close()
    }
}
