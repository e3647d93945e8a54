import Coordinator

/// How long the logs of a project are kept.
package struct RetentionPolicy: Hashable, Sendable {
    /// What ages let go; its `makesRoom` is not set.
    package var ages = ExpiryRule()
    /// Of all archives together; nil: no limit.
    package var archiveBytes: UInt64?

    package init() {}
}
