import Coordinator
import Foundation
import Journal
import Platform
import ReadModels

/// Replays a journal into a fresh catalog and compares that, row by row, with the one that is
/// there, and every digest of the journal with the state it comes to.
///
/// The catalog is compared as of one of its own transactions, so a server may be using it. Needs
/// room for two catalogs in `scratch` and the memory of a start without one.
package struct DeepVerify {
    /// Differences that are told one by one; all are counted.
    private static let shownLimit = 100
    private static let copyAttempts = 3

    private let journal: InspectedJournal
    private let data: String
    private let scratch: String
    private var shown = 0
    /// Whether everything was as it should be, so far.
    package private(set) var isSound = true

    /// - Parameters:
    ///   - data: the data directory, which holds the catalog.
    ///   - scratch: an empty directory for the copies.
    package init(_ journal: InspectedJournal, data: String, scratch: String) {
        self.journal = journal
        self.data = data
        self.scratch = scratch
    }

    /// Hands over what differs, then what was compared.
    ///
    /// - Throws: if files cannot be used.
    package mutating func run(
        progress: (RecordNumber) -> Void = { _ in }, _ print: (OutputLine) -> Void
    ) throws(StoreError) {
        let (copy, reached) = try copyCatalog(print)
        let machine = CoordinatorMachine()
        var rebuild = CatalogRebuild(journal.reader, machine: machine)
        let isLive = try live()
        var rows = 0
        do throws(StoreError) {
            if let reached {
                let fresh = "\(scratch)/fresh.sqlite"
                let catalog = try openCatalog(fresh, machine)
                try rebuild.advance(
                    through: reached, uncovered: true, into: catalog, progress: progress)
                catalog.close()
                rows = try compare(copy, with: fresh, print)
            }
            try rebuild.advance(uncovered: !isLive, into: nil, progress: progress)
        } catch {
            guard case .replay(.misfit(let record, let reason)) = error else { throw error }
            note(
                OutputLine(
                    "misfit",
                    [OutputField("record", record.rawValue), OutputField("why", reason)]), print)
        }
        print(summary(rebuild, reached: reached, rows: rows))
    }

    private func live() throws(StoreError) -> Bool {
        do throws(JournalError) {
            return try journal.isLive()
        } catch {
            throw .journal(error)
        }
    }

    private func openCatalog(
        _ path: String, _ machine: CoordinatorMachine
    ) throws(StoreError) -> SQLiteCatalog {
        do throws(CatalogError) {
            return try SQLiteCatalog(path: path, machine: machine)
        } catch {
            throw .catalog(error)
        }
    }

    /// A copy of the catalog and the record that it has reached; nil if there is none that can be
    /// compared.
    private mutating func copyCatalog(
        _ print: (OutputLine) -> Void
    ) throws(StoreError) -> (path: String, reached: RecordNumber?) {
        var path = ""
        for attempt in 1...Self.copyAttempts {
            path = "\(scratch)/copy-\(attempt).sqlite"
            let isLive = try live()
            do throws(CatalogError) {
                guard try CatalogCopy.make(of: data, isLive: isLive, at: path) else {
                    return (path, nil)
                }
                let reached = RecordNumber(rawValue: try CatalogCopy.reached(at: path))
                // A server that started or stopped meanwhile may have changed what was copied.
                if try isStill(isLive) || attempt == Self.copyAttempts { return (path, reached) }
            } catch {
                if case .unavailable = error { throw .catalog(error) }
                guard try live() == isLive || attempt == Self.copyAttempts else { continue }
                note(OutputLine("catalog", [OutputField("what", "\(error)")]), print)
                return (path, nil)
            }
        }
        return (path, nil)
    }

    private func isStill(_ isLive: Bool) throws(CatalogError) -> Bool {
        do throws(JournalError) {
            return try journal.isLive() == isLive
        } catch {
            throw .unavailable("\(error)")
        }
    }

    private mutating func compare(
        _ live: String, with fresh: String, _ print: (OutputLine) -> Void
    ) throws(StoreError) -> Int {
        var differences: [CatalogDifference] = []
        var comparison = CatalogComparison { difference in
            if differences.count < Self.shownLimit { differences.append(difference) }
        }
        do throws(CatalogError) {
            try comparison.compare(live, with: fresh)
        } catch {
            if case .unavailable = error { throw .catalog(error) }
            note(OutputLine("catalog", [OutputField("what", "\(error)")]), print)
        }
        for difference in differences { note(Self.line(difference), print) }
        if comparison.differences > differences.count {
            let rest = comparison.differences - differences.count
            note(OutputLine("catalog", [OutputField("furtherDifferences", rest)]), print)
        }
        return comparison.rows
    }

    private mutating func note(_ line: OutputLine, _ print: (OutputLine) -> Void) {
        isSound = false
        print(line)
    }

    private static func line(_ difference: CatalogDifference) -> OutputLine {
        OutputLine(
            "catalog",
            [
                OutputField("table", difference.table), OutputField("key", difference.key),
                OutputField("column", difference.column.map(OutputValue.text) ?? .none),
                OutputField("catalog", difference.first.map(OutputValue.text) ?? .none),
                OutputField("replayed", difference.second.map(OutputValue.text) ?? .none),
            ])
    }

    private func summary(
        _ rebuild: CatalogRebuild, reached: RecordNumber?, rows: Int
    ) -> OutputLine {
        OutputLine(
            "deep",
            [
                OutputField("verdict", isSound ? "sound" : "different"),
                OutputField("catalogReached", reached.map { .number($0.rawValue) } ?? .none),
                OutputField("rowsCompared", rows),
                OutputField("replayedThrough", rebuild.checkpoint.reached.rawValue),
                OutputField("digestsCompared", rebuild.digestsCompared),
                OutputField("digest", rebuild.checkpoint.digest.description),
                OutputField("prefixes", rebuild.prefixCount),
                OutputField("streams", rebuild.streamCount),
                OutputField("pending", rebuild.pendingCount),
                OutputField("misfitsAfterLoss", rebuild.misfits.count),
            ])
    }
}
