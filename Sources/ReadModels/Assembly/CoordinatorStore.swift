import Coordinator
import Journal
import Platform
import Tumble

/// A directory in use: the processor that changes it, and the models that are read.
package final class CoordinatorStore: Sendable {
    /// Takes mutations once it was started.
    package let processor: ProcessorRunner<CoordinatorMachine>
    package let readModel: ReadModel
    /// Works from `start` to `stop`.
    package let rewriting: JournalRewriting
    /// What was found of the catalog.
    package let finding: CatalogFinding

    private let feed: ReadModelFeed

    private init(
        processor: ProcessorRunner<CoordinatorMachine>, readModel: ReadModel,
        rewriting: JournalRewriting, finding: CatalogFinding, feed: ReadModelFeed
    ) {
        self.processor = processor
        self.readModel = readModel
        self.rewriting = rewriting
        self.finding = finding
        self.feed = feed
    }

    /// Lets the processor take mutations and fire what is due.
    package func start() {
        feed.goLive()
        processor.start()
        rewriting.start()
    }

    /// Finishes what was accepted, brings the catalog up to it and closes everything. Those who
    /// follow a stream are told that the program goes down. Harmless when repeated.
    package func stop() async {
        await rewriting.stop()
        await processor.stop()
        await readModel.stop()
    }
}

// Opening.
extension CoordinatorStore {
    /// Loads the catalog of `directory`, or begins a new one, and replays what `journal` holds
    /// behind it.
    ///
    /// Costs the live rows, the footers of the segments that hold entries, and the tail of the
    /// journal behind the catalog; without a catalog, the whole journal. Blocks while it reads.
    package static func open(
        _ directory: String, journal: RecoveredJournal, machine: CoordinatorMachine,
        clock: any Clock, options: StoreOptions
    ) throws(StoreError) -> CoordinatorStore {
        let opened = try openCatalog(directory, journal, machine, options)
        return try open(opened, journal: journal, machine: machine, clock: clock, options: options)
    }

    /// The same over a catalog that is open already, of whatever form.
    static func open(
        _ opened: CatalogOpening.Opened, journal: RecoveredJournal, machine: CoordinatorMachine,
        clock: any Clock, options: StoreOptions
    ) throws(StoreError) -> CoordinatorStore {
        let readModel = ReadModel(
            opened.catalog, opened.snapshot, reader: journal.reader, machine: machine,
            options: options,
            entriesRemoved: Set(journal.report.unexplained.flatMap(\.subjects)))
        do throws(JournalError) {
            try LocationRecovery(reader: journal.reader, hot: readModel.hot)
                .restore(through: opened.snapshot.reached, holding: opened.segments)
        } catch {
            throw .journal(error)
        }
        let feed = ReadModelFeed(hot: readModel.hot, follower: readModel.follower)
        do throws(RecoverError) {
            let processor = try ProcessorRunner.recover(
                machine: machine, snapshot: opened.snapshot, journal: journal, observer: feed,
                clock: clock, options: options.runner, effects: readModel.remover,
                cold: ColdOptions(store: readModel.families, grace: options.grace))
            readModel.hot.forgetRemovedStreams()
            let knowsAll =
                journal.report.losses.isEmpty && journal.report.shortening == nil
                && processor.status.misfitsAfterLoss.isEmpty
            return CoordinatorStore(
                processor: processor, readModel: readModel,
                rewriting: JournalRewriting(
                    readModel, reader: journal.reader, machine: machine, clock: clock,
                    options: options.rewriting, knowsAll: knowsAll), finding: opened.finding,
                feed: feed)
        } catch {
            throw .replay(error)
        }
    }

    private static func openCatalog(
        _ directory: String, _ journal: RecoveredJournal, _ machine: CoordinatorMachine,
        _ options: StoreOptions
    ) throws(StoreError) -> CatalogOpening.Opened {
        do throws(CatalogError) {
            return try CatalogOpening.open(
                in: directory, machine: machine, journalEnd: journal.lastRecord,
                options: options)
        } catch {
            throw .catalog(error)
        }
    }
}
