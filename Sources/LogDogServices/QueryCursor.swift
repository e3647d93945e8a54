import ByteCoding
import Coordinator
import Crypto
import Foundation
import Journal
import LogDogModel
import Platform
import ReadModels

/// Writes `QueryToken`s as the opaque `next` of replies, and reads them back.
///
/// A token is sealed for what was searched: one that was altered, made up, or comes from another
/// project or prefix is told apart from ours.
package struct QueryCursor: Sendable {
    /// Bytes of a key.
    package static let keyLength = 32
    private static let sealLength = 16
    private static let version: UInt8 = 1

    private let key: SymmetricKey

    /// - Parameter key: secret, and the same for as long as tokens are to be good.
    package init(key: [UInt8]) { self.key = SymmetricKey(data: key) }

    func text(of token: QueryToken, in query: StreamQuery) -> String {
        let body = Self.body(of: token)
        return Self.text(of: Data(body + seal(body, query)))
    }

    private static func text(of sealed: Data) -> String {
        sealed.base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Nil if `text` is no token that was given out for the same search.
    func token(_ text: String, in query: StreamQuery) -> QueryToken? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        let base64 = text.replacing("-", with: "+").replacing("_", with: "/") + padding
        // Other spellings of the same bytes are not ours either.
        guard let data = Data(base64Encoded: base64), data.count > Self.sealLength,
            Self.text(of: data) == text
        else { return nil }
        let body = Array(data.dropLast(Self.sealLength))
        guard
            HMAC<SHA256>.authenticationCode(for: sealed(body, query), using: key)
                .prefix(Self.sealLength).elementsEqual(data.suffix(Self.sealLength))
        else { return nil }
        return Self.token(body, query.search)
    }

    private func seal(_ body: [UInt8], _ query: StreamQuery) -> [UInt8] {
        Array(
            HMAC<SHA256>.authenticationCode(for: sealed(body, query), using: key)
                .prefix(Self.sealLength))
    }

    /// What the seal covers: the token and what was searched.
    private func sealed(_ body: [UInt8], _ query: StreamQuery) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLengthPrefixed(query.project)
        switch query.search {
        case .names(let pattern): bytes.appendLengthPrefixed(pattern.prefix)
        case .paths: bytes.appendLengthPrefixed("")
        }
        return bytes + body
    }

    private static func body(of token: QueryToken) -> [UInt8] {
        var body = [version]
        switch token {
        case .after(let hash): body += hash.bytes
        case .before(let created, let id):
            body.appendLittleEndian(UInt64(bitPattern: created.microseconds))
            body.appendLittleEndian(id.record.rawValue)
        }
        return body
    }

    private static func token(_ body: [UInt8], _ search: StreamSearch) -> QueryToken? {
        var reader = ByteReader(body)
        do throws(ByteError) {
            guard try reader.take(1).elementsEqual([version]) else { return nil }
            switch search {
            case .names: return HashID(bytes: Array(try reader.take(32))).map { .after($0) }
            case .paths:
                let created = try reader.littleEndian(UInt64.self)
                let id = try reader.littleEndian(UInt64.self)
                return .before(
                    created: Timestamp(microseconds: Int64(bitPattern: created)),
                    StreamID(record: RecordNumber(rawValue: id)))
            }
        } catch {
            return nil
        }
    }
}
