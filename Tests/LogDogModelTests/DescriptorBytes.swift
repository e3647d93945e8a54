import LogDogProtos
import SwiftProtobuf

/// A valid descriptor, for tests to bend.
func descriptorMessage(
    _ bend: (inout Logpb_LogStreamDescriptor) -> Void = { _ in }
) -> Logpb_LogStreamDescriptor {
    var message = Logpb_LogStreamDescriptor()
    message.prefix = "testing"
    message.name = "foo/bar"
    message.contentType = "text/plain"
    message.timestamp = Google_Protobuf_Timestamp(seconds: 1_500_000_000, nanos: 5)
    bend(&message)
    return message
}

func descriptorBytes(
    _ bend: (inout Logpb_LogStreamDescriptor) -> Void = { _ in }
) throws -> [UInt8] {
    try descriptorMessage(bend).serializedBytes()
}
