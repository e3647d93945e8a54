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
            typeURL: "type.googleapis.com/luci.prpc.ErrorDetails", binary: details,
            json: "{\"responseTooBig\":{\"responseSize\":\"\(size)\","
                + "\"responseLimit\":\"\(limit)\"}}",
            text: "response_too_big:{response_size:\(size) response_limit:\(limit)}")
    }

    /// A `google.protobuf.Any` in the format of the reply, in base64.
    static func header(_ detail: RPCError.Detail, _ format: MessageFormat) -> String {
        Data(any(detail, format)).base64EncodedString()
    }

    private static func any(_ detail: RPCError.Detail, _ format: MessageFormat) -> [UInt8] {
        switch format {
        case .binary:
            var any: [UInt8] = []
            any.appendWireField(1, bytes: detail.typeURL.utf8)
            any.appendWireField(2, bytes: detail.binary)
            return any
        case .json:
            let fields = detail.json.dropFirst().dropLast()
            return Array(
                "{\"@type\":\"\(detail.typeURL)\"\(fields.isEmpty ? "" : ",")\(fields)}".utf8)
        case .text: return Array("[\(detail.typeURL)]:{\(detail.text)}".utf8)
        }
    }
}
