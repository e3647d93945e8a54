import Platform

/// The time that decisions see: it never runs backwards, and it does not believe every jump.
///
/// While the wall clock is behind, it goes on at the pace of the monotonic clock. A forward step
/// of more than ten minutes within a run is believed once the wall clock has kept to it for ten
/// minutes, or at once when an operator says so; what destroys data waits for the operator.
package struct ProcessorTime: Sendable {
    /// Steps up to this are believed at once.
    static let believedStep = Duration.seconds(600)
    /// How long the wall clock must keep to a larger step.
    static let confirmation = Duration.seconds(600)
    /// A start this long after the last event is as suspicious as a jump.
    static let longAbsence = Duration.seconds(30 * 86_400)

    /// The last time that was given out.
    package private(set) var last: Timestamp
    private var lastMonotonic: Duration
    /// Since when the wall clock has been ahead by more than a believed step.
    private var aheadSince: Duration?
    /// Whether what destroys data is held until an operator accepts the clock.
    package private(set) var holdsDestruction: Bool

    /// - Parameter lastEvent: the time of the last commit; zero if there was none.
    package init(lastEvent: Timestamp, wall: Timestamp, monotonic: Duration) {
        let isLongAbsence =
            lastEvent > .zero && wall.since(lastEvent) > Self.longAbsence
        holdsDestruction = isLongAbsence
        last = max(lastEvent, wall)
        lastMonotonic = monotonic
    }

    /// The time now, given what the two clocks say.
    package mutating func now(wall: Timestamp, monotonic: Duration) -> Timestamp {
        let steady = last.adding(max(.zero, monotonic - lastMonotonic))
        lastMonotonic = max(lastMonotonic, monotonic)
        guard wall > steady else {
            aheadSince = nil
            last = steady
            return last
        }
        if wall.since(steady) > Self.believedStep {
            let since = aheadSince ?? monotonic
            aheadSince = since
            holdsDestruction = true
            last = monotonic - since >= Self.confirmation ? wall : steady
        } else {
            aheadSince = nil
            last = wall
        }
        return last
    }

    /// An operator accepts the wall clock as it is.
    package mutating func accept(wall: Timestamp) {
        last = wall
        aheadSince = nil
        holdsDestruction = false
    }
}
