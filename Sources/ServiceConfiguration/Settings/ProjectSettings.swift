/// What is configured for a project (`svcconfig.ProjectConfig`).
package struct ProjectSettings: Hashable, Sendable {
    /// For how long a prefix takes registrations; nil or not above zero if the project says nothing.
    package var prefixWindow: Duration?
    /// From registration to the archival of a stream that is still open; nil if the project says
    /// nothing.
    package var completePeriod: Duration?
    /// How its archives are written; nil if the project says nothing.
    package var archive: ArchiveSettings?

    package init(
        prefixWindow: Duration? = nil, completePeriod: Duration? = nil,
        archive: ArchiveSettings? = nil
    ) {
        self.prefixWindow = prefixWindow
        self.completePeriod = completePeriod
        self.archive = archive
    }
}
