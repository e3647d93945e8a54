import ByteCoding
import Foundation
import RPCStatus

/// Details of an error: messages in a header of their own (`spec/prpc.md §4`).
enum StatusDetail {
    /// `luci.prpc.ErrorDetails` with its `ResponseTooBig`.
    static func responseTooBig(size: Int, limit: Int) -> RPCError.Detail {
        var tooBig: [UInt8] = []
        tooBig.appendWireField(1, varint: UInt64(size))
        tooBig.appendWireField(2, varint: UInt64(limit))
        var details: [UInt8] = []
        details.appendWireField(1, bytes: tooBig)
        return RPCError.Detail(
            typeURL: "type.googleapis.com/luci.prpc.ErrorDetails", value: details)
    }

    /// A `google.protobuf.Any` in base64. Always binary inside: no type of ours has another form
    /// that a client was seen to read.
    static func header(_ detail: RPCError.Detail, _ format: MessageFormat) -> String {
        var any: [UInt8] = []
        any.appendWireField(1, bytes: detail.typeURL.utf8)
        any.appendWireField(2, bytes: detail.value)
        return Data(any).base64EncodedString()
    }
}
