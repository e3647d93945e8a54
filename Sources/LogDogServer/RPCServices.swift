import AccessControl
import LogDogProtos
import LogDogServices
import PRPCServer
import RPCStatus
import SwiftProtobuf

extension GetReply: PRPCReply {}

/// The services as pRPC mounts them.
enum RPCServices {
    static func all(_ context: ServiceContext) -> [PRPCService] {
        [logs(context), registration(context), services(context)]
    }

    private static func logs(_ context: ServiceContext) -> PRPCService {
        let service = LogsService(context)
        let authority = context.authority
        return PRPCService(
            "logdog.Logs",
            [
                PRPCMethod(
                    "Get",
                    encodable: {
                        (request: Logdog_GetRequest, call) async throws(RPCError) -> GetReply in
                        try await service.get(request, authority.identify(call.authorization))
                    }),
                PRPCMethod(
                    "Tail",
                    encodable: {
                        (request: Logdog_TailRequest, call) async throws(RPCError) -> GetReply in
                        try await service.tail(request, authority.identify(call.authorization))
                    }),
                PRPCMethod("Query") {
                    (request: Logdog_QueryRequest, call) async throws(RPCError)
                        -> Logdog_QueryResponse in
                    try await service.query(
                        request, authority.identify(call.authorization),
                        deadline: call.deadline)
                },
            ])
    }

    private static func registration(_ context: ServiceContext) -> PRPCService {
        let service = RegistrationService(context)
        let authority = context.authority
        return PRPCService(
            "logdog.Registration",
            [
                PRPCMethod("RegisterPrefix") {
                    (request: Logdog_RegisterPrefixRequest, call) async throws(RPCError)
                        -> Logdog_RegisterPrefixResponse in
                    try await service.registerPrefix(
                        request, authority.identify(call.authorization))
                }
            ])
    }

    private static func services(_ context: ServiceContext) -> PRPCService {
        let service = ServicesService(context)
        let authority = context.authority
        return PRPCService(
            "logdog.Services",
            [
                PRPCMethod("RegisterStream") {
                    (request: Logdog_RegisterStreamRequest, call) async throws(RPCError)
                        -> Logdog_RegisterStreamResponse in
                    try await service.registerStream(
                        request, authority.identify(call.authorization))
                },
                PRPCMethod("LoadStream") {
                    (request: Logdog_LoadStreamRequest, call) async throws(RPCError)
                        -> Logdog_LoadStreamResponse in
                    try service.loadStream(request, authority.identify(call.authorization))
                },
                PRPCMethod("TerminateStream") {
                    (request: Logdog_TerminateStreamRequest, call) async throws(RPCError)
                        -> Google_Protobuf_Empty in
                    try await service.terminateStream(
                        request, authority.identify(call.authorization))
                },
                PRPCMethod("ArchiveStream") {
                    (request: Logdog_ArchiveStreamRequest, call) async throws(RPCError)
                        -> Google_Protobuf_Empty in
                    try service.archiveStream(request, authority.identify(call.authorization))
                },
                PRPCMethod("Batch") {
                    (request: Logdog_BatchRequest, call) async throws(RPCError)
                        -> Logdog_BatchResponse in
                    try await service.batch(request, authority.identify(call.authorization))
                },
            ])
    }
}
