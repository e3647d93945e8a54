/// A configuration that was read and checked as a whole.
package struct Configuration: Hashable, Sendable {
    package internal(set) var service: ServiceSettings
    package internal(set) var projects: [String: ProjectSettings]
    package internal(set) var access: AccessSettings
    package internal(set) var limits: LimitSettings
    /// The SHA-256 over the names and bytes of all its files: equal exactly for equal files.
    package internal(set) var hash: [UInt8]
    /// The effective values as text, files in order, what could let somebody in masked.
    package internal(set) var effective: String
}
