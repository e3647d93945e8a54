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
                mount.method("DeletePrefix", service.deletePrefix),
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
                mount.method("RegisterPrefix", service.registerPrefix)
            ])
    }

    private static func admin(_ context: ServiceContext, _ mount: RPCMount) -> PRPCService {
        let service = AdminService(context)
        return PRPCService(
            "logdog.Admin",
            [
                mount.method("SetConfig", service.setConfig)
            ])
    }

    private static func services(_ context: ServiceContext, _ mount: RPCMount) -> PRPCService {
        let service = ServicesService(context)
        return PRPCService(
            "logdog.Services",
            [
                mount.method("GetConfig", service.getConfig),
                mount.method("RegisterStream", service.registerStream),
                mount.method("LoadStream", service.loadStream),
                mount.method("TerminateStream", service.terminateStream),
                mount.method("ArchiveStream", service.archiveStream),
                mount.method("LeaseArchiveTasks", service.leaseArchiveTasks),
                mount.method("DeleteArchiveTasks", service.deleteArchiveTasks),
                mount.method("RescheduleArchiveTask", service.rescheduleArchiveTask),
                mount.method("Batch", service.batch),
            ])
    }
}
