import Journal

/// Which records a dump shows.
package struct RecordSelection: Sendable {
    package var from: Bound?
    package var to: Bound?
    /// Empty for all.
    package var kinds: Set<RecordKind> = []
    package var names = NameSelection()
    /// Asked last, about the line as it would be printed.
    package var matches: (@Sendable (OutputLine) -> Bool)?

    /// All records.
    package init() {}

    /// Where reading has to begin: names need the registrations before the first record shown.
    var firstRead: RecordNumber { names.isEverything ? from?.record ?? .first : .first }
}
