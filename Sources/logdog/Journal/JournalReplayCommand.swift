import ArgumentParser
import Coordinator
import Foundation
import Journal
import JournalInspection
import Platform
import ReadModels

/// Rebuilds a catalog elsewhere.
struct JournalReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Rebuild a catalog from the journal, elsewhere and up to any record.",
        discussion: """
            Writes catalog.sqlite into a directory of its own, for any SQLite tool; it holds \
            prefix secrets. Digests of the journal are compared on the way. Exits 2 if records are \
            lost or one does not fit.
            """)

    @OptionGroup var location: JournalLocation

    @Option(help: "Where the catalog goes; created, and must hold none.")
    var into: String

    @Option(help: "The last record, or a time.")
    var to: String?

    func run() async throws {
        let bound = try to.map { try JournalDumpCommand.bound($0, "--to") }
        let journal = try location.open()
        let path = try prepare()
        let machine = CoordinatorMachine()
        var rebuild = CatalogRebuild(journal.reader, machine: machine)
        let progress = ReplayProgress(journal, bound)
        do throws(StoreError) {
            let isLive = try Self.onJournal { () throws(JournalError) in try journal.isLive() }
            let catalog = try Self.catalog(path, machine)
            defer { catalog.close() }
            let (last, until) = bound?.limits ?? (.last, .distantFuture)
            try rebuild.advance(
                through: last, until: until, uncovered: !isLive, into: catalog
            ) { progress.show($0) }
        } catch {
            progress.end()
            throw CommandFailure(error)
        }
        progress.end()
        let output = location.output
        for loss in rebuild.losses { output.print(LossLine.line(loss)) }
        output.print(
            OutputLine(
                "replayed",
                [
                    OutputField("reached", rebuild.checkpoint.reached.rawValue),
                    OutputField("time", rebuild.checkpoint.time),
                    OutputField("digest", rebuild.checkpoint.digest.description),
                    OutputField("digestsCompared", rebuild.digestsCompared),
                    OutputField("prefixes", rebuild.prefixCount),
                    OutputField("streams", rebuild.streamCount),
                    OutputField("pending", rebuild.pendingCount),
                    OutputField("misfitsAfterLoss", rebuild.misfits.count),
                    OutputField("catalog", path),
                ]))
        output.flush()
        try CommandFailure.leave(
            ifDamaged: rebuild.losses.contains { $0.records != nil && !$0.isMended }
                || !rebuild.misfits.isEmpty)
    }

    private func prepare() throws -> String {
        let path = "\(into)/catalog.sqlite"
        let files = SystemFileSystem()
        do throws(FileError) {
            if try files.status(into) == nil { try files.createDirectory(into) }
            guard try files.status(path) == nil else {
                throw FileError("create", path, code: EEXIST)
            }
        } catch {
            throw CommandFailure(.inputOutput, "\(error)")
        }
        return path
    }

    private static func catalog(
        _ path: String, _ machine: CoordinatorMachine
    ) throws(StoreError) -> SQLiteCatalog {
        do throws(CatalogError) {
            return try SQLiteCatalog(path: path, machine: machine)
        } catch {
            throw .catalog(error)
        }
    }

    static func onJournal<Result>(
        _ body: () throws(JournalError) -> Result
    ) throws(StoreError) -> Result {
        do throws(JournalError) {
            return try body()
        } catch {
            throw .journal(error)
        }
    }
}

/// How far a replay is, on a terminal.
struct ReplayProgress {
    private let line = ProgressLine("replaying")
    private let last: Int

    /// The total is a guess until the last segment: its first record, or the bound.
    init(_ journal: InspectedJournal, _ bound: Bound?) {
        let segments = (try? journal.directory.segments()) ?? []
        let end = bound?.record ?? segments.last ?? .none
        last = Int(clamping: end.rawValue)
    }

    func show(_ record: RecordNumber) {
        line.show(Int(clamping: record.rawValue), of: last, "records")
    }

    func end() { line.end() }
}

extension CommandFailure {
    /// The exit code of a journal that does not replay, or of a catalog that cannot be used.
    init(_ error: StoreError) {
        switch error {
        case .journal(let error), .replay(.journal(let error)): self.init(error)
        case .catalog(let error): self.init(.inputOutput, "the catalog: \(error)")
        case .replay(let error): self.init(.damageFound, "the journal does not replay: \(error)")
        }
    }
}
