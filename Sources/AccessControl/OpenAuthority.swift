import ServiceConfiguration

/// Open mode: without configuration every valid project exists, and everyone may do everything.
package struct OpenAuthority: Authority {
    package init() {}

    package func identify(_ authorization: String?) -> Caller { Caller(identity: "everyone") }
    package func project(_ name: String) -> ProjectSettings? { ProjectSettings() }
    package var service: ServiceSettings {
        ServiceSettings(
            prefixWindow: .seconds(86_400), bundleTopic: ServiceSettings.placeholderTopic)
    }
    package func isAllowed(
        _ permission: Permission, in realm: String, _ caller: Caller
    ) -> Bool { true }
    package func isReader(of project: String, _ caller: Caller) -> Bool { true }
    package func isWriter(of project: String, _ caller: Caller) -> Bool { true }
    package func isAdministrator(_ caller: Caller) -> Bool { true }
    package func isService(_ caller: Caller) -> Bool { true }
    package var isOpen: Bool { true }
}
