import Coordinator
import Tumble

extension CatalogContents {
    /// The state that the processor and the hot model begin with.
    ///
    /// - Throws: `damaged` if the rows, each of them whole, do not add up to the digest that was
    ///   stored with them: one is missing, or comes from another transaction.
    package func snapshot(
        for machine: CoordinatorMachine
    ) throws(CatalogError) -> Snapshot<CoordinatorMachine> {
        let state = CoordinatorState(
            prefixes: prefixes, streams: streams, tasks: tasks, configuration: configuration,
            retention: retention ?? .running,
            digest: isWhole ? nil : checkpoint.digest)
        // Without the finished ones there is no sum to compare: so those that are open are counted.
        let isComplete =
            isWhole
            ? machine.digest(of: state) == checkpoint.digest
            : state.openStreams == checkpoint.openStreams
        guard isComplete else { throw .damaged("the rows do not add up to the stored digest") }
        return Snapshot(
            state: state, reached: checkpoint.reached, time: checkpoint.time, pending: pending)
    }
}
