import ByteCoding
import LogDogProtos
import RPCStatus
import SwiftProtobuf

/// The answer to Get and Tail. In binary the entries go out as they came in.
package struct GetReply: Sendable {
    /// Everything but the entries and the descriptor.
    var head = Logdog_GetResponse()
    /// As it is stored; nil if it was not asked for.
    var descriptor: [UInt8]?
    var entries: [ArraySlice<UInt8>] = []

    /// Fields in ascending order.
    package func binary() throws(RPCError) -> [UInt8] {
        do {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(entries.reduce(256) { $0 + $1.count + 6 })
            var front = head
            front.realm = ""
            front.clearSignedUrls()
            bytes += try front.serializedBytes() as [UInt8]
            if let descriptor { bytes.appendWireField(3, bytes: descriptor) }
            for entry in entries { bytes.appendWireField(4, bytes: entry) }
            var back = Logdog_GetResponse()
            if head.hasSignedUrls { back.signedUrls = head.signedUrls }
            back.realm = head.realm
            bytes += try back.serializedBytes() as [UInt8]
            return bytes
        } catch {
            throw RPCError(.internal, "the reply does not encode: \(error)")
        }
    }

    package func message() throws(RPCError) -> any Message {
        do {
            var message = head
            if let descriptor {
                message.desc = try Logpb_LogStreamDescriptor(serializedBytes: descriptor)
            }
            message.logs = try entries.map { try Logpb_LogEntry(serializedBytes: Array($0)) }
            return message
        } catch {
            throw RPCError(.internal, "a stored entry does not decode: \(error)")
        }
    }
}
