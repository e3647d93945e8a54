import ByteCoding

/// What is wrong with a message of a Butler (`spec/formats.md §5.1`).
package enum BundleError: Error, Hashable, Sendable {
    /// The bytes end inside the message; more may come.
    case incomplete
    /// A frame's length is no varint.
    case badFrame
    /// A frame of more than `limit` bytes.
    case frameTooLong(UInt64, limit: Int)
    case badMetadata
    /// Not a bundle.
    case unknownContentType(UInt64)
    case unknownCompression(UInt64)
    /// The zlib stream is damaged or ends early.
    case badCompression
    /// The body inflates to `limit` bytes or more.
    case bodyTooLong(limit: Int)
    /// The body is not a `ButlerLogBundle`.
    case undecodable
}

extension BundleError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .incomplete: "the message is cut short"
        case .badFrame: "a frame's length is ill-formed"
        case .frameTooLong(let length, let limit):
            "a frame of \(length) bytes exceeds the limit of \(limit)"
        case .badMetadata: "the metadata does not decode"
        case .unknownContentType(let type): "content type \(type) is not a bundle"
        case .unknownCompression(let kind): "compression \(kind) is not known"
        case .badCompression: "the body does not inflate"
        case .bodyTooLong(let limit): "the body reaches the limit of \(limit) bytes"
        case .undecodable: "the body is not a bundle"
        }
    }
}
