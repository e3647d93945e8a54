import AccessControl
import Coordinator
import LogDogModel
import LogDogProtos
import RPCStatus

/// `logdog.Registration`: Butlers claim prefixes (`spec/rpc.md §8`).
package struct RegistrationService: Sendable {
    private let context: ServiceContext

    package init(_ context: ServiceContext) { self.context = context }

    package func registerPrefix(
        _ request: Logdog_RegisterPrefixRequest, _ caller: Caller
    ) async throws(RPCError) -> Logdog_RegisterPrefixResponse {
        let project = try context.enterProject(request.project, caller)
        let isClassic = context.dialect == .classic
        if isClassic, !context.authority.isWriter(of: request.project, caller) {
            throw ServiceContext.denied(caller)
        }
        let realm = isClassic ? nil : try Self.realm(of: request)
        do throws(NameError) {
            try Names.check(streamName: request.prefix)
        } catch {
            throw RPCError(.invalidArgument, "invalid prefix")
        }
        // The classic dialect looks for the prefix before it looks for a window.
        let hash = HashID.ofPrefix(request.prefix)
        if isClassic, try await context.prefix(project: request.project, hash: hash) != nil {
            throw Rejection.prefixAlreadyExists.status
        }
        let fullRealm = "\(request.project):\(realm ?? "@legacy")"
        guard
            isClassic
                || context.authority.isAllowed(.createPrefixes, in: fullRealm, caller)
        else {
            throw ServiceContext.denied(caller)
        }
        let service = context.authority.service
        guard Names.isTopic(service.bundleTopic) else {
            throw RPCError(.internal, "the bundle topic is not well-formed")
        }
        let wanted = request.hasExpiration ? request.expiration.asDuration : nil
        guard
            let window = RegisterPrefix.window([
                wanted, service.prefixWindow, project.prefixWindow,
            ])
        else { throw RPCError(.invalidArgument, "no prefix expiration defined") }
        guard let secret = Secret(context.randomness.bytes(Secret.length)) else {
            throw RPCError(.internal, "no secret could be made")
        }
        await context.readModel.paceRegistration()
        let reply = try await context.submit(
            .registerPrefix(
                RegisterPrefix(
                    project: request.project, prefix: request.prefix,
                    // The classic dialect knows neither realms nor repeats of a claim.
                    realm: isClassic ? nil : fullRealm, sourceInfo: request.sourceInfo,
                    nonce: isClassic ? [] : Array(request.opNonce),
                    window: window, secret: secret)))
        guard case .prefix(let prefix) = reply else {
            throw RPCError(.internal, "a claim is answered with a prefix")
        }
        var response = Logdog_RegisterPrefixResponse()
        response.secret = .init(prefix.secret.bytes)
        response.logBundleTopic = service.bundleTopic
        return response
    }

    /// The short realm that is asked for; nil for none.
    private static func realm(
        of request: Logdog_RegisterPrefixRequest
    ) throws(RPCError) -> String? {
        guard !request.realm.isEmpty else { return nil }
        do throws(NameError) {
            try Names.check(shortRealm: request.realm)
        } catch {
            throw RPCError(.invalidArgument, "invalid realm")
        }
        return request.realm
    }
}
