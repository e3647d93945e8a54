import Coordinator
import LogDogModel
import ServiceConfiguration

/// How long archivals wait whatever is configured: what the command line says.
package struct TimerOverrides: Hashable, Sendable {
    /// From termination on; nil leaves it to the configuration.
    package var terminated: Duration?
    /// From registration on; nil leaves it to the configuration.
    package var open: Duration?
    /// The age at which classic streams that are not archived are given up; nil: never.
    package var abandonment: Duration?

    package init(
        terminated: Duration? = nil, open: Duration? = nil, abandonment: Duration? = nil
    ) {
        self.terminated = terminated
        self.open = open
        self.abandonment = abandonment
    }
}

extension ArchivalTimers {
    /// The command line before the configuration before the defaults (`spec/lifecycle.md §4`); of
    /// the service's and the project's complete period the shorter one that is above zero.
    package init(
        _ overrides: TimerOverrides, _ service: ServiceSettings, _ project: ProjectSettings,
        _ dialect: Dialect
    ) {
        switch dialect {
        case .current: self.init()
        // The classic settings have no defaults: an archival that nobody delays is due at once.
        case .classic:
            self.init(
                terminated: .zero, open: .zero, dialect: .classic,
                abandonment: overrides.abandonment)
        }
        if let delay = overrides.terminated ?? service.settleDelay { terminated = delay }
        let periods = [service.completePeriod, project.completePeriod]
        let period = periods.compactMap { $0 }.filter { $0 > .zero }.min()
        if let delay = overrides.open ?? period { open = delay }
    }
}
