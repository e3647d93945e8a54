import Crypto
import Foundation
import Platform

/// Signs requests as AWS' signature version 4 wants it.
struct SigV4: Sendable {
    private static let algorithm = "AWS4-HMAC-SHA256"

    let credentials: S3Credentials
    let region: String

    /// The headers that a request is sent with, `Host` aside: those given, in small letters, and
    /// the signature.
    ///
    /// - Parameters:
    ///   - path: percent-encoded.
    ///   - query: not encoded.
    ///   - payloadHash: in hex.
    func headers(
        _ method: String, host: String, path: String, query: [(String, String)],
        headers: [(String, String)], payloadHash: String, at now: Timestamp
    ) -> [(String, String)] {
        let moment = Self.moment(now)
        var all = headers + [("x-amz-content-sha256", payloadHash), ("x-amz-date", moment)]
        if let token = credentials.sessionToken { all.append(("x-amz-security-token", token)) }
        let signed = (all + [("host", host)]).sorted { $0.0 < $1.0 }
        let names = signed.map(\.0).joined(separator: ";")
        let signature = signature(
            method, path: path, query: query, signed: signed, payloadHash: payloadHash,
            moment: moment)
        let value =
            "\(Self.algorithm) Credential=\(credentials.accessKey)/\(scope(moment)),"
            + "SignedHeaders=\(names),Signature=\(signature)"
        return all + [("authorization", value)]
    }

    /// The query of a GET that anybody may send until it expires.
    func presignedQuery(
        host: String, path: String, lifetimeSeconds: Int64, at now: Timestamp
    ) -> String {
        let moment = Self.moment(now)
        var query = [
            ("X-Amz-Algorithm", Self.algorithm),
            ("X-Amz-Credential", "\(credentials.accessKey)/\(scope(moment))"),
            ("X-Amz-Date", moment), ("X-Amz-Expires", "\(lifetimeSeconds)"),
            ("X-Amz-SignedHeaders", "host"),
        ]
        if let token = credentials.sessionToken { query.append(("X-Amz-Security-Token", token)) }
        let signature = signature(
            "GET", path: path, query: query, signed: [("host", host)],
            payloadHash: "UNSIGNED-PAYLOAD", moment: moment)
        return Self.canonical(query) + "&X-Amz-Signature=\(signature)"
    }

    /// Percent-encodes all but letters, digits, `-`, `.`, `_` and `~`.
    static func encoded(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                encoded.append(Character(UnicodeScalar(byte)))
            default: encoded += "%" + hex([byte]).uppercased()
            }
        }
        return encoded
    }

    /// Encoded, and in the order that is signed.
    static func canonical(_ query: [(String, String)]) -> String {
        query.map { (encoded($0.0), encoded($0.1)) }.sorted { $0 < $1 }
            .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }

    /// `20260102T030405Z`.
    private static func moment(_ time: Timestamp) -> String {
        time.description.prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }

    private func scope(_ moment: String) -> String {
        "\(moment.prefix(8))/\(region)/s3/aws4_request"
    }

    private func signature(
        _ method: String, path: String, query: [(String, String)], signed: [(String, String)],
        payloadHash: String, moment: String
    ) -> String {
        let request = [
            method, path, Self.canonical(query),
            signed.map { "\($0.0):\($0.1)\n" }.joined(),
            signed.map(\.0).joined(separator: ";"), payloadHash,
        ].joined(separator: "\n")
        let digest = Self.hex(SHA256.hash(data: Data(request.utf8)))
        let text = "\(Self.algorithm)\n\(moment)\n\(scope(moment))\n\(digest)"
        var key = SymmetricKey(data: Data("AWS4\(credentials.secretKey)".utf8))
        for part in [String(moment.prefix(8)), region, "s3", "aws4_request"] {
            key = SymmetricKey(
                data: HMAC<SHA256>.authenticationCode(for: Data(part.utf8), using: key))
        }
        return Self.hex(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key))
    }
}
