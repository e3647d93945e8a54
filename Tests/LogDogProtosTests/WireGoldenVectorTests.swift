import Foundation
import LogDogProtos
import SwiftProtobuf
import TestSupport
import Testing

/// The encodings of `spec/wire.md` as the original's schema has them (group `wire.golden`).
struct WireGoldenVectorTests {
    @Test func `messages have the original's bytes and JSON`() throws {
        for vector in try Vectors.group("wire.golden") ?? [] {
            let name = try #require(vector.string("message"))
            let json = try #require(vector.object("json")).members
            guard let type = Self.types[name] else {
                Vectors.notRun("wire.golden \(name)", because: "no such message here")
                continue
            }
            try Self.check(type, bytes: try #require(vector.hex("hex")), json: json)
        }
    }

    private static func check(
        _ type: any Message.Type, bytes: [UInt8], json: [String: Any]
    ) throws {
        let text = try JSONSerialization.data(withJSONObject: json)
        let fromJSON = try type.init(jsonUTF8Bytes: text)
        let fromBytes = try type.init(serializedBytes: bytes)
        #expect(fromJSON.isEqualTo(message: fromBytes), "\(type.protoMessageName)")
        #expect(fromBytes.unknownFields.data.isEmpty, "\(type.protoMessageName)")
        // Maps are the one thing whose order on the wire is free.
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        #expect(try fromJSON.serializedBytes(options: options) as [UInt8] == bytes)
        let written = try JSONSerialization.jsonObject(with: fromBytes.jsonUTF8Bytes() as Data)
        #expect(written as? NSDictionary == json as NSDictionary, "\(type.protoMessageName)")
    }

    private static let types: [String: any Message.Type] = {
        let all: [any Message.Type] = [
            Logpb_LogStreamDescriptor.self, Logpb_LogEntry.self, Logpb_LogIndex.self,
            Logpb_ButlerMetadata.self, Logpb_ButlerLogBundle.self, Logdog_GetRequest.self,
            Logdog_TailRequest.self, Logdog_GetResponse.self, Logdog_QueryRequest.self,
            Logdog_QueryResponse.self, Logdog_DeletePrefixRequest.self,
            Logdog_RegisterPrefixRequest.self, Logdog_RegisterPrefixResponse.self,
            Logdog_RegisterStreamRequest.self, Logdog_RegisterStreamResponse.self,
            Logdog_LoadStreamRequest.self, Logdog_LoadStreamResponse.self,
            Logdog_TerminateStreamRequest.self, Logdog_ArchiveStreamRequest.self,
            Logdog_BatchRequest.self, Logdog_BatchResponse.self, Logdog_LeaseRequest.self,
            Logdog_LeaseResponse.self, Logdog_DeleteRequest.self, Logdog_ArchiveTask.self,
            Logdog_ArchiveDispatchTask.self, Logdog_GetConfigResponse.self,
            Logdog_SetConfigRequest.self, Svcconfig_Config.self, Svcconfig_ProjectConfig.self,
        ]
        return Dictionary(uniqueKeysWithValues: all.map { ($0.protoMessageName, $0) })
    }()
}

struct WireFormTests {
    @Test func `an open terminal index is sent as ten bytes`() throws {
        let request = Logdog_RegisterStreamRequest.with { $0.terminalIndex = -1 }
        let bytes: [UInt8] = try request.serializedBytes()
        #expect(bytes == [0x28] + Array(repeating: 0xff, count: 9) + [0x01])
    }
}
