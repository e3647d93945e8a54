import AccessControl
import Coordinator
import LogDogModel
import LogDogProtos
import Platform
import RPCStatus
import ServiceConfiguration
import SwiftProtobuf

/// `logdog.Services`: what Collectors and Archivists call (`spec/rpc.md §9–§15`).
package struct ServicesService: Sendable {
    let context: ServiceContext

    package init(_ context: ServiceContext) { self.context = context }

    package func registerStream(
        _ request: Logdog_RegisterStreamRequest, _ caller: Caller
    ) async throws(RPCError) -> Logdog_RegisterStreamResponse {
        try context.requireService(caller)
        let project = try enter(request.project, caller)
        guard request.protoVersion == "1" else {
            throw Rejection.unrecognizedProtoVersion(request.protoVersion).status
        }
        let descriptor: StreamDescriptor
        do throws(DescriptorError) {
            descriptor = try StreamDescriptor(serialized: Array(request.desc))
        } catch {
            throw RPCError(.invalidArgument, "invalid descriptor: \(error)")
        }
        await context.readModel.paceRegistration()
        let terminal = request.terminalIndex
        let reply = try await context.submit(
            .registerStream(
                RegisterStream(
                    project: request.project, secret: Array(request.secret),
                    protoVersion: request.protoVersion, descriptor: descriptor,
                    terminalIndex: terminal >= 0 ? UInt64(terminal) : nil,
                    timers: context.timers(for: project))))
        guard case .stream(let stream) = reply else {
            throw RPCError(.internal, "a registration is answered with a stream")
        }
        var response = Logdog_RegisterStreamResponse()
        response.id = stream.hash.hex
        response.state = stream.internalState
        return response
    }

    package func loadStream(
        _ request: Logdog_LoadStreamRequest, _ caller: Caller
    ) async throws(RPCError) -> Logdog_LoadStreamResponse {
        try context.requireService(caller)
        try enter(request.project, caller)
        let id = try Self.id(request.id)
        guard let stream = try await context.stream(project: request.project, hash: id) else {
            throw Rejection.streamNotFound.status
        }
        var response = Logdog_LoadStreamResponse()
        response.state = stream.internalState
        if request.desc { response.desc = .init(stream.descriptor.bytes) }
        response.age = Google_Protobuf_Duration(
            max(.zero, context.clock.wall().since(stream.updated)))
        response.archivalKey = .init(stream.archivalKey)
        return response
    }

    package func terminateStream(
        _ request: Logdog_TerminateStreamRequest, _ caller: Caller
    ) async throws(RPCError) -> Google_Protobuf_Empty {
        try context.requireService(caller)
        let project = try enter(request.project, caller)
        guard request.terminalIndex >= 0 else { throw Rejection.negativeTerminalIndex.status }
        let id = try Self.id(request.id)
        _ = try await context.submit(
            .terminateStream(
                TerminateStream(
                    project: request.project, id: id, secret: Array(request.secret),
                    terminalIndex: UInt64(request.terminalIndex),
                    timers: context.timers(for: project))))
        return Google_Protobuf_Empty()
    }

    func requireService(_ caller: Caller) throws(RPCError) { try context.requireService(caller) }

    @discardableResult
    func enter(_ project: String, _ caller: Caller) throws(RPCError) -> ProjectSettings {
        try context.enterProject(project, caller)
    }

    static func id(_ text: String) throws(RPCError) -> HashID {
        guard let id = HashID(hex: text) else {
            throw RPCError(.invalidArgument, "invalid id: 64 hex digits are wanted")
        }
        return id
    }
}
