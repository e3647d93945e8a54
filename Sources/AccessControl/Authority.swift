import RPCStatus
import ServiceConfiguration

/// Which projects there are, and who may do what.
///
/// All questions but `identify` are answered at once, from the configuration in force just then;
/// two questions may meet two configurations, and each answer is one that somebody configured.
package protocol Authority: Sendable {
    /// Who sends an `Authorization` header; the anonymous caller for a request without one.
    ///
    /// - Throws: `unauthenticated` for credentials that are no good, with a text that says why and
    ///   never repeats them.
    func identify(_ authorization: String?) async throws(RPCError) -> Caller
    /// Nil if there is no such project; `name` is well-formed.
    func project(_ name: String) -> ProjectSettings?
    var service: ServiceSettings { get }
    /// The current dialect's question.
    ///
    /// - Parameter realm: the full one, `<project>:<realm>`.
    func isAllowed(_ permission: Permission, in realm: String, _ caller: Caller) -> Bool
    /// The classic dialect's question: whether the caller is in one of the project's reader groups.
    func isReader(of project: String, _ caller: Caller) -> Bool
    /// The classic dialect's question: whether the caller is in one of the project's writer groups.
    func isWriter(of project: String, _ caller: Caller) -> Bool
    func isAdministrator(_ caller: Caller) -> Bool
    func isService(_ caller: Caller) -> Bool
    /// Whether anybody may do anything: then only loopback may be listened on.
    var isOpen: Bool { get }
}
