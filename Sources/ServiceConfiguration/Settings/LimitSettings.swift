/// How much may be done in a time.
package struct LimitSettings: Hashable, Sendable {
    package var eachIdentity = RateSettings()
    package var eachProject = RateSettings()
    package var eachStream = RateSettings()
    /// Identities and projects with rates of their own, in place of those above.
    package var identities: [String: RateSettings] = [:]
    package var projects: [String: RateSettings] = [:]

    package init() {}
}

/// What is counted.
package enum LimitedResource: String, Hashable, Sendable, CaseIterable {
    case requests
    /// Log entries that are written.
    case entries
    /// Bytes of log entries that are written or read.
    case bytes
    /// Milliseconds that queries take.
    case queryMilliseconds = "query_milliseconds"
}

/// The rates of one caller, project or stream; what is absent is not limited.
package struct RateSettings: Hashable, Sendable {
    package var rates: [LimitedResource: Rate] = [:]
    /// Logs followed at once; nil: no limit.
    package var openTails: Int?

    package init() {}
}

/// A bucket that fills at a steady pace.
package struct Rate: Hashable, Sendable {
    /// Above zero.
    package var perSecond: Int64
    /// How much may come at once; above zero.
    package var burst: Int64

    package init(perSecond: Int64, burst: Int64) {
        self.perSecond = perSecond
        self.burst = burst
    }
}
