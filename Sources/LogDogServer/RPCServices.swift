import LogDogProtos
import LogDogServices
import PRPCServer
import RPCStatus
import SwiftProtobuf

extension GetReply: PRPCReply {}

/// The services as pRPC mounts them.
enum RPCServices {
    static func all(_ context: ServiceContext, _ metrics: ServerMetrics) -> [PRPCService] {
        let services = [
            logs(context, RPCMount("Logs", context, metrics)),
            registration(context, RPCMount("Registration", context, metrics)),
            services(context, RPCMount("Services", context, metrics)),
            admin(context, RPCMount("Admin", context, metrics)),
        ]
        return services + [discovery(of: services)]
    }

    /// Tells of the other services, and of itself, to whoever asks.
    private static func discovery(of services: [PRPCService]) -> PRPCService {
        let name = "discovery.Discovery"
        let service = DiscoveryService(services.map(\.name) + [name])
        return PRPCService(
            name, isForBrowsers: true,
            [
                PRPCMethod("Describe") {
                    (request: Discovery_Void, _) async throws(RPCError)
                        -> Discovery_DescribeResponse in
                    service.describe(request)
                }
            ])
    }

    private static func logs(_ context: ServiceContext, _ mount: RPCMount) -> PRPCService {
        let service = LogsService(context)
        return PRPCService(
            "logdog.Logs", isForBrowsers: true,
            [
                mount.encodable("Get") {
                    (request: Logdog_GetRequest, call) async throws(RPCError) in
                    try await context.payingBytes(of: request.project, call.caller) {
                        () async throws(RPCError) in try await service.get(request, call.caller)
                    }
                },
                mount.encodable("Tail") {
                    (request: Logdog_TailRequest, call) async throws(RPCError) in
                    try await service.tail(request, call.caller)
                },
                mount.method("DeletePrefix") {
                    (request: Logdog_DeletePrefixRequest, call) async throws(RPCError) in
                    try await service.deletePrefix(request, call.caller)
                },
                mount.method("Query") {
                    (request: Logdog_QueryRequest, call) async throws(RPCError) in
                    try await context.payingQueryTime(of: request.project, call.caller) {
                        () async throws(RPCError) in
                        try await service.query(request, call.caller, deadline: call.deadline)
                    }
                },
            ])
    }

    private static func registration(
        _ context: ServiceContext, _ mount: RPCMount
    ) -> PRPCService {
        let service = RegistrationService(context)
        return PRPCService(
            "logdog.Registration",
            [
                mount.method("RegisterPrefix") {
                    (request: Logdog_RegisterPrefixRequest, call) async throws(RPCError) in
                    try await service.registerPrefix(request, call.caller)
                }
            ])
    }

    private static func admin(_ context: ServiceContext, _ mount: RPCMount) -> PRPCService {
        let service = AdminService(context)
        return PRPCService(
            "logdog.Admin",
            [
                mount.method("SetConfig") {
                    (request: Logdog_SetConfigRequest, call) async throws(RPCError) in
                    try await service.setConfig(request, call.caller)
                }
            ])
    }

    private static func services(_ context: ServiceContext, _ mount: RPCMount) -> PRPCService {
        let service = ServicesService(context)
        return PRPCService(
            "logdog.Services",
            [
                mount.method("GetConfig") {
                    (request: Google_Protobuf_Empty, call) async throws(RPCError) in
                    try service.getConfig(request, call.caller)
                },
                mount.method("RegisterStream") {
                    (request: Logdog_RegisterStreamRequest, call) async throws(RPCError) in
                    try await service.registerStream(request, call.caller)
                },
                mount.method("LoadStream") {
                    (request: Logdog_LoadStreamRequest, call) async throws(RPCError) in
                    try service.loadStream(request, call.caller)
                },
                mount.method("TerminateStream") {
                    (request: Logdog_TerminateStreamRequest, call) async throws(RPCError) in
                    try await service.terminateStream(request, call.caller)
                },
                mount.method("ArchiveStream") {
                    (request: Logdog_ArchiveStreamRequest, call) async throws(RPCError) in
                    try await service.archiveStream(request, call.caller)
                },
                mount.method("LeaseArchiveTasks") {
                    (request: Logdog_LeaseRequest, call) async throws(RPCError) in
                    try await service.leaseArchiveTasks(request, call.caller)
                },
                mount.method("DeleteArchiveTasks") {
                    (request: Logdog_DeleteRequest, call) async throws(RPCError) in
                    try await service.deleteArchiveTasks(request, call.caller)
                },
                mount.method("RescheduleArchiveTask") {
                    (request: Logdog_ArchiveDispatchTask, call) async throws(RPCError) in
                    try await service.rescheduleArchiveTask(request, call.caller)
                },
                mount.method("Batch") {
                    (request: Logdog_BatchRequest, call) async throws(RPCError) in
                    try await service.batch(request, call.caller)
                },
            ])
    }
}
