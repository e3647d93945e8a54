import Coordinator
import Journal

/// A payload as it may be shown: with every secret in it overwritten.
struct MaskedPayload {
    static let mask = UInt8(ascii: "*")

    /// Nil if it is withheld: it may hold a secret and nobody can say where.
    let bytes: [UInt8]?
    let isMasked: Bool

    init(of record: Record, _ content: RecordContent) {
        switch content {
        case .event(.prefixRegistered(let prefix)):
            self.init(Array(record.payload), masking: prefix.secret.bytes)
        case .event(.streamRegistered(let stream)):
            self.init(Array(record.payload), masking: stream.secret.bytes)
        case .event, .processor, .index:
            // What a client deflated holds its secret in a form that cannot be overwritten.
            self.init(bytes: record.form == .kept ? nil : Array(record.payload))
        case .undecodable:
            self.init(bytes: nil)
        }
    }

    /// As it is, or withheld.
    private init(bytes: [UInt8]?) {
        self.bytes = bytes
        isMasked = bytes == nil
    }

    private init(_ payload: [UInt8], masking secret: [UInt8]) {
        var payload = payload
        var position = 0
        var isMasked = false
        while position + secret.count <= payload.count {
            guard payload[position...].starts(with: secret) else {
                position += 1
                continue
            }
            let end = position + secret.count
            payload.replaceSubrange(
                position..<end, with: repeatElement(Self.mask, count: secret.count))
            position = end
            isMasked = true
        }
        bytes = payload
        self.isMasked = isMasked
    }
}
