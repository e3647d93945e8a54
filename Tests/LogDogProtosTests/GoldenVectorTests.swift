import Foundation
import LogDogProtos
import SwiftProtobuf
import TestSupport
import Testing

/// The schema against the golden encodings of `vectors.json`.
@Suite struct GoldenVectorTests {
    private static let types: [any Message.Type] = [
        Logdog_ArchiveStreamRequest.self, Logdog_ArchiveTask.self, Logdog_BatchRequest.self,
        Logdog_BatchResponse.self, Logdog_DeletePrefixRequest.self, Logdog_DeleteRequest.self,
        Logdog_GetConfigResponse.self, Logdog_GetRequest.self, Logdog_GetResponse.self,
        Logdog_LeaseRequest.self, Logdog_LeaseResponse.self, Logdog_LoadStreamRequest.self,
        Logdog_LoadStreamResponse.self, Logdog_QueryRequest.self, Logdog_QueryResponse.self,
        Logdog_RegisterPrefixRequest.self, Logdog_RegisterPrefixResponse.self,
        Logdog_RegisterStreamRequest.self, Logdog_RegisterStreamResponse.self,
        Logdog_SetConfigRequest.self, Logdog_TailRequest.self,
        Logdog_TerminateStreamRequest.self, Logpb_ButlerLogBundle.self,
        Logpb_ButlerMetadata.self, Logpb_LogEntry.self, Logpb_LogIndex.self,
        Logpb_LogStreamDescriptor.self, Svcconfig_Config.self, Svcconfig_ProjectConfig.self,
    ]

    @Test func `JSON and binary are the golden ones in both directions`() throws {
        for vector in try Vectors.group("wire.golden") ?? [] {
            let name = try #require(vector.string("message"))
            guard let type = Self.types.first(where: { $0.protoMessageName == name }) else {
                Issue.record("\(name) has no type")
                continue
            }
            let golden = try #require(vector.hex("binary_hex") ?? vector.hex("hex"))
            let json = try JSONSerialization.data(
                withJSONObject: try #require(vector.object("json")).members)
            let message = try type.init(jsonUTF8Bytes: Array(json))
            let decoded = try type.init(serializedBytes: golden)
            #expect(message.isEqualTo(message: decoded), "\(name)")
            let encoded: [UInt8] = try message.serializedBytes()
            #expect(encoded.count == golden.count, "\(name)")
            let again = try type.init(serializedBytes: encoded)
            #expect(again.isEqualTo(message: decoded), "\(name)")
        }
    }

    @Test func `an open terminal index is sent as ten bytes`() throws {
        var request = Logdog_RegisterStreamRequest()
        request.terminalIndex = -1
        let bytes: [UInt8] = try request.serializedBytes()
        #expect(bytes == [0x28] + Array(repeating: 0xff, count: 9) + [0x01])
    }
}
