import AccessControl
import Coordinator
import LogDogModel
import LogDogProtos
import RPCStatus
import SwiftProtobuf

/// `logdog.Admin`: the classic dialect's settings (`spec/rpc.md §15.2`).
package struct AdminService: Sendable {
    private let context: ServiceContext

    package init(_ context: ServiceContext) { self.context = context }

    /// Takes a credential that nothing here has a use for; the journal says who set it.
    package func setConfig(
        _ request: Logdog_SetConfigRequest, _ caller: Caller
    ) async throws(RPCError) -> Google_Protobuf_Empty {
        guard context.authority.isAdministrator(caller) else {
            throw RPCError(.permissionDenied, "this call is for administrators")
        }
        let credential = request.storageServiceAccountJson
        _ = try await context.submit(
            .setStorageAccount(
                SetStorageAccount(
                    caller: caller.identity ?? "",
                    credential: credential.isEmpty ? nil : .ofBytes(Array(credential)))))
        return Google_Protobuf_Empty()
    }
}

extension ServicesService {
    /// Where a classic service finds its configuration (`spec/rpc.md §15.1`). There is no
    /// configuration service here: the names are told, and no place.
    package func getConfig(
        _ request: Google_Protobuf_Empty, _ caller: Caller
    ) throws(RPCError) -> Logdog_GetConfigResponse {
        try context.requireService(caller)
        var response = Logdog_GetConfigResponse()
        response.configSet = "services/logdog"
        response.serviceConfigPath = "services.cfg"
        return response
    }
}
