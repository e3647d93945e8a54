/// What is configured for the service as a whole (`svcconfig.Config`).
package struct ServiceSettings: Hashable, Sendable {
    /// For how long a prefix takes registrations; nil or not above zero if the service says nothing.
    package var prefixWindow: Duration?
    /// `projects/<p>/topics/<t>`: what Butlers are told to publish bundles to.
    package var bundleTopic: String
    /// From termination to archival; nil if the service says nothing.
    package var settleDelay: Duration?
    /// From registration to the archival of a stream that is still open; nil if the service says
    /// nothing.
    package var completePeriod: Duration?
    /// Origins that browsers may call the API from, compared exactly.
    package var allowedOrigins: [String] = []
    /// How archives are written unless a project says otherwise.
    package var archive = ArchiveSettings()

    package init(prefixWindow: Duration?, bundleTopic: String) {
        self.prefixWindow = prefixWindow
        self.bundleTopic = bundleTopic
    }

    /// What Butlers are told when no transport is configured: well-formed, since they refuse
    /// anything else, and not used by a server whose bundles come in over HTTP.
    package static let placeholderTopic = "projects/logdog/topics/bundles"
}

/// How archives are written (`svcconfig.ArchiveIndexConfig` and the fields beside it).
package struct ArchiveSettings: Hashable, Sendable {
    /// Most stream indexes between two points of an archive's index; 0: no rule.
    package var streamRange: UInt32 = 0
    /// Most prefix indexes between two points; 0: no rule.
    package var prefixRange: UInt32 = 0
    /// Most bytes of entries between two points; 0: no rule. All three 0: every entry is a point.
    package var byteRange: UInt32 = 0
    /// Where a project's archives go inside the store; empty: the store's own place.
    package var bucket = ""
    /// Whether the rendered text is always written beside the entries (classic).
    package var rendersAll = false

    package init() {}
}
