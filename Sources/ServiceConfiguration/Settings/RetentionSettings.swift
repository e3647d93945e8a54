/// How long logs are kept (`svcconfig.RetentionConfig`).
package struct RetentionSettings: Hashable, Sendable {
    /// What holds for a project.
    package struct Rule: Hashable, Sendable {
        /// From the registration of a stream; nil: as long as the program says, 540 days.
        package var streamAge: Duration?
        /// From its archival; nil: as long as the stream.
        package var archiveAge: Duration?
        /// Of all archives of the project; nil: no limit.
        package var archiveBytes: UInt64?

        package init() {}
    }

    package var eachProject = Rule()
    /// In place of that.
    package var projects: [String: Rule] = [:]

    package init() {}

    /// What holds for a project, configured or not.
    package func rule(for project: String) -> Rule { projects[project] ?? eachProject }
}
