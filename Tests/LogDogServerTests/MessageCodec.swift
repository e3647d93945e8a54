import ByteCoding
import Foundation
import LogDogProtos
import SwiftProtobuf

/// From JSON to the binary form of a method's request, and back from its reply.
struct MessageCodec: Sendable {
    let encode: @Sendable (Data) throws -> [UInt8]
    let decode: @Sendable ([UInt8]) throws -> Data

    init<Request: Message, Reply: Message>(_ request: Request.Type, _ reply: Reply.Type) {
        encode = { json in
            // Unknown fields and enum names are an error here: binary cannot express them.
            try Request(jsonUTF8Bytes: Array(json)).serializedBytes()
        }
        decode = { bytes in Data(try Reply(serializedBytes: bytes).jsonUTF8Bytes() as [UInt8]) }
    }

    static let all: [String: MessageCodec] = [
        "logdog.Logs.Get": MessageCodec(Logdog_GetRequest.self, Logdog_GetResponse.self),
        "logdog.Logs.Tail": MessageCodec(Logdog_TailRequest.self, Logdog_GetResponse.self),
        "logdog.Logs.Query": MessageCodec(Logdog_QueryRequest.self, Logdog_QueryResponse.self),
        "logdog.Logs.DeletePrefix": MessageCodec(
            Logdog_DeletePrefixRequest.self, Logdog_DeletePrefixResponse.self),
        "logdog.Registration.RegisterPrefix": MessageCodec(
            Logdog_RegisterPrefixRequest.self, Logdog_RegisterPrefixResponse.self),
        "logdog.Services.RegisterStream": MessageCodec(
            Logdog_RegisterStreamRequest.self, Logdog_RegisterStreamResponse.self),
        "logdog.Services.LoadStream": MessageCodec(
            Logdog_LoadStreamRequest.self, Logdog_LoadStreamResponse.self),
        "logdog.Services.TerminateStream": MessageCodec(
            Logdog_TerminateStreamRequest.self, Google_Protobuf_Empty.self),
        "logdog.Admin.SetConfig": MessageCodec(
            Logdog_SetConfigRequest.self, Google_Protobuf_Empty.self),
        "logdog.Services.GetConfig": MessageCodec(
            Google_Protobuf_Empty.self, Logdog_GetConfigResponse.self),
        "logdog.Services.ArchiveStream": MessageCodec(
            Logdog_ArchiveStreamRequest.self, Google_Protobuf_Empty.self),
        "logdog.Services.LeaseArchiveTasks": MessageCodec(
            Logdog_LeaseRequest.self, Logdog_LeaseResponse.self),
        "logdog.Services.DeleteArchiveTasks": MessageCodec(
            Logdog_DeleteRequest.self, Google_Protobuf_Empty.self),
        "logdog.Services.RescheduleArchiveTask": MessageCodec(
            Logdog_ArchiveDispatchTask.self, Google_Protobuf_Empty.self),
        "logdog.Services.Batch": MessageCodec(
            Logdog_BatchRequest.self, Logdog_BatchResponse.self),
    ]
}

/// Bundles of the recordings.
enum RecordedBundle {
    /// The same message with another prefix secret, deflated again if it was; nil if it does not
    /// parse, which some are made not to.
    static func replacingSecret(in message: [UInt8], by secret: [UInt8]) -> [UInt8]? {
        do {
            var reader = ByteReader(message)
            let metadata = try Logpb_ButlerMetadata(
                serializedBytes: Array(try reader.lengthPrefixed()))
            let stored = try reader.lengthPrefixed()
            var body = Array(stored)
            if metadata.compression == .zlib {
                body = []
                try Inflater().inflate(stored, into: &body, limit: 64 << 20)
            }
            var bundle = try Logpb_ButlerLogBundle(serializedBytes: body)
            guard bundle.hasContentToReplace else { return nil }
            bundle.secret = Data(secret)
            let plain: [UInt8] = try bundle.serializedBytes()
            var result: [UInt8] = []
            result.appendLengthPrefixed(try metadata.serializedBytes() as [UInt8])
            if metadata.compression == .zlib {
                var deflated: [UInt8] = []
                Deflater(level: 6).deflate(plain[...], into: &deflated)
                result.appendLengthPrefixed(deflated)
            } else {
                result.appendLengthPrefixed(plain)
            }
            // What followed the second frame follows it still.
            return result + (try reader.take(reader.remaining))
        } catch {
            return nil
        }
    }
}

extension Logpb_ButlerLogBundle {
    fileprivate var hasContentToReplace: Bool { !secret.isEmpty }
}
