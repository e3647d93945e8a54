import Foundation

/// Where archives lie in an S3-compatible service.
package struct S3Location: Hashable, Sendable {
    package let bucket: String
    /// Goes in front of every object's name; empty or without slashes at its ends.
    package let base: String
    /// Scheme, host and port of the service.
    package let endpoint: String
    package let region: String
    /// Whether the bucket is the first segment of the path; else it is in front of the host.
    package let hasBucketInPath: Bool

    /// Reads `s3://bucket` or `s3://bucket/base`, and from the environment what AWS' own tools
    /// read there: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_DEFAULT_REGION`.
    /// With an endpoint of one's own the bucket stands in the path, as all services understand it.
    package init(parsing text: String, environment: [String: String]) throws(S3Problem) {
        guard text.hasPrefix("s3://") else { throw S3Problem("\(text) does not begin with s3://") }
        let parts = text.dropFirst(5).split(separator: "/", omittingEmptySubsequences: true)
        guard let bucket = parts.first, !text.hasPrefix("s3:///"),
            bucket.utf8.allSatisfy({ Self.isBucketByte($0) }), (3...63).contains(bucket.utf8.count)
        else {
            throw S3Problem("\(text) names no bucket: 3 to 63 of a-z, 0-9, `.` and `-`")
        }
        guard parts.dropFirst().allSatisfy({ $0.utf8.allSatisfy { (0x21...0x7e).contains($0) } })
        else { throw S3Problem("\(text): what follows the bucket is not printable ASCII") }
        self.bucket = String(bucket)
        base = parts.dropFirst().joined(separator: "/")
        region =
            environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? "us-east-1"
        guard let own = environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"]
        else {
            endpoint = "https://\(bucket).s3.\(region).amazonaws.com"
            hasBucketInPath = false
            return
        }
        guard let url = URL(string: own), ["http", "https"].contains(url.scheme), url.host != nil
        else { throw S3Problem("the endpoint \(own) is no http or https URL") }
        endpoint = String(own.reversed().drop { $0 == "/" }.reversed())
        hasBucketInPath = true
    }

    /// Host, and port unless it is the usual one, as the `Host` header has it.
    var host: String {
        guard let scheme = endpoint.range(of: "://") else { return endpoint }
        let authority = endpoint[scheme.upperBound...].prefix { $0 != "/" }
        let usual = endpoint.hasPrefix("https") ? ":443" : ":80"
        return authority.hasSuffix(usual)
            ? String(authority.dropLast(usual.count)) : .init(authority)
    }

    /// The path of an object, percent-encoded.
    func path(of key: String) -> String {
        let path = hasBucketInPath ? "/\(bucket)/\(key)" : "/\(key)"
        return path.split(separator: "/", omittingEmptySubsequences: false)
            .map { SigV4.encoded(String($0)) }.joined(separator: "/")
    }

    private static func isBucketByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2d || byte == 0x2e
    }
}

/// Why a store of this kind cannot be used as it is set up.
package struct S3Problem: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
