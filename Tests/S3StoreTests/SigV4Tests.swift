import Platform
import StreamArchive
import Testing

@testable import S3Store

/// The examples in AWS' description of the signature.
struct SigV4Tests {
    private let signer = SigV4(
        credentials: S3Credentials(
            accessKey: "AKIAIOSFODNN7EXAMPLE",
            secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), region: "us-east-1")
    private let host = "examplebucket.s3.amazonaws.com"
    /// 2013-05-24T00:00:00Z.
    private let now = Timestamp(microseconds: 1_369_353_600_000_000)
    private let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private func signature(_ headers: [(String, String)]) -> Substring? {
        headers.first { $0.0 == "authorization" }?.1.split(separator: "Signature=").last
    }

    @Test func `a read of a range is signed`() {
        let headers = signer.headers(
            "GET", host: host, path: "/test.txt", query: [], headers: [("range", "bytes=0-9")],
            payloadHash: emptyHash, at: now)
        #expect(
            signature(headers)
                == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test func `a query without value is signed`() {
        let headers = signer.headers(
            "GET", host: host, path: "/", query: [("lifecycle", "")], headers: [],
            payloadHash: emptyHash, at: now)
        #expect(
            signature(headers)
                == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
    }

    @Test func `a link is signed`() {
        let query = signer.presignedQuery(
            host: host, path: "/test.txt", lifetimeSeconds: 86_400, at: now)
        #expect(
            query.hasSuffix(
                "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"))
    }

    @Test func `places are read as AWS' own tools read them`() throws {
        let plain = try S3Location(parsing: "s3://logs/base/of", environment: [:])
        #expect(plain.endpoint == "https://logs.s3.us-east-1.amazonaws.com")
        #expect(plain.base == "base/of")
        #expect(plain.path(of: "a/+/b") == "/a/%2B/b")
        let own = try S3Location(
            parsing: "s3://logs", environment: ["AWS_ENDPOINT_URL": "http://localhost:9000/"])
        #expect(own.path(of: "a") == "/logs/a")
        #expect(own.host == "localhost:9000")
        for text in ["s3://", "s3:///a", "s3://A", "http://a"] {
            #expect(throws: S3Problem.self) { try S3Location(parsing: text, environment: [:]) }
        }
    }

    @Test func `credentials come from a file's profile, and are not shown`() throws {
        let text = """
            [default]
            aws_access_key_id = AKIADEFAULT
            aws_secret_access_key = one

            [ci]
            aws_access_key_id=AKIACI
            aws_secret_access_key=two
            aws_session_token = three
            """
        let found = try S3Credentials.parse(text, profile: "ci", path: "file")
        #expect(
            found == S3Credentials(accessKey: "AKIACI", secretKey: "two", sessionToken: "three"))
        #expect("\(found)" == "credentials of AKIA…")
        #expect(throws: S3Problem.self) {
            try S3Credentials.parse(text, profile: "other", path: "file")
        }
    }
}
