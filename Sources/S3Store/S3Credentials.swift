import Foundation
import Platform

/// What requests are signed with. Never printed.
package struct S3Credentials: Hashable, Sendable, CustomStringConvertible {
    let accessKey: String
    let secretKey: String
    /// Nil for keys that do not expire.
    let sessionToken: String?

    package init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }

    package var description: String { "credentials of \(accessKey.prefix(4))…" }

    private static let fileLimit = 1 << 20

    /// From `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`; else from the
    /// profile `AWS_PROFILE` (or `default`) of the file `AWS_SHARED_CREDENTIALS_FILE` (or
    /// `~/.aws/credentials`).
    package static func find(
        environment: [String: String], files: any FileSystem
    ) throws(S3Problem) -> S3Credentials {
        if let access = environment["AWS_ACCESS_KEY_ID"] {
            guard let secret = environment["AWS_SECRET_ACCESS_KEY"] else {
                throw S3Problem("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not")
            }
            return S3Credentials(
                accessKey: access, secretKey: secret,
                sessionToken: environment["AWS_SESSION_TOKEN"])
        }
        let home = environment["HOME"].map { "\($0)/.aws/credentials" }
        guard let path = environment["AWS_SHARED_CREDENTIALS_FILE"] ?? home else {
            throw S3Problem("there are no credentials: set AWS_ACCESS_KEY_ID")
        }
        let profile = environment["AWS_PROFILE"] ?? "default"
        guard let text = try text(of: path, files) else {
            throw S3Problem("there are no credentials: set AWS_ACCESS_KEY_ID or write \(path)")
        }
        return try parse(text, profile: profile, path: path)
    }

    /// Nil if there is no such file, or it is larger than one of credentials can be.
    private static func text(
        of path: String, _ files: any FileSystem
    ) throws(S3Problem) -> String? {
        do throws(FileError) {
            guard let status = try files.status(path), status.size <= fileLimit else { return nil }
            let file = try files.open(path, .read)
            defer { file.close() }
            return String(decoding: try file.read(status.size, at: 0), as: UTF8.self)
        } catch {
            throw S3Problem("the credentials cannot be read: \(error)")
        }
    }

    static func parse(
        _ text: String, profile: String, path: String
    ) throws(S3Problem) -> S3Credentials {
        var values: [String: String] = [:]
        var isInProfile = false
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("[") {
                isInProfile = line == "[\(profile)]"
            } else if isInProfile, let equals = line.firstIndex(of: "=") {
                let key = line[..<equals].trimmingCharacters(in: .whitespaces)
                values[key] = line[line.index(after: equals)...]
                    .trimmingCharacters(in: .whitespaces)
            }
        }
        guard let access = values["aws_access_key_id"],
            let secret = values["aws_secret_access_key"]
        else { throw S3Problem("\(path) has no keys of profile \(profile)") }
        return S3Credentials(
            accessKey: access, secretKey: secret, sessionToken: values["aws_session_token"])
    }
}
