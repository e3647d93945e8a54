import Foundation
import NIOHTTP1
import Platform
import StreamArchive

/// Archives in a bucket of an S3-compatible service.
///
/// Objects are created only where there is none of the name (`If-None-Match: *`), with checksums
/// that the service checks; those above 16 MiB in parts.
package struct S3Store: ObjectStore {
    let client: S3Client
    private var place: S3Location { client.location }

    /// - Parameter pause: waits between two attempts.
    package init(
        _ location: S3Location, _ credentials: S3Credentials, clock: any Clock,
        randomness: any Randomness,
        pause: @escaping @Sendable (Duration) -> Void = { duration in
            Thread.sleep(forTimeInterval: Double(duration.wholeMicroseconds) / 1e6)
        }
    ) {
        client = S3Client(
            location: location,
            signer: SigV4(credentials: credentials, region: location.region), clock: clock,
            randomness: randomness, pause: pause)
    }

    /// The bucket and base that a person names, with credentials, endpoint and region from the
    /// environment.
    package static func open(
        _ place: String, environment: [String: String], files: any FileSystem,
        clock: any Clock, randomness: any Randomness
    ) throws(S3Problem) -> S3Store {
        S3Store(
            try S3Location(parsing: place, environment: environment),
            try S3Credentials.find(environment: environment, files: files), clock: clock,
            randomness: randomness)
    }

    package var location: String {
        "s3://\(place.bucket)" + (place.base.isEmpty ? "" : "/\(place.base)")
    }

    package func url(of name: ObjectName) -> String { "\(location)/\(name)" }

    package func name(of url: String) -> ObjectName? {
        guard url.hasPrefix("\(location)/") else { return nil }
        return ObjectName(String(url.dropFirst(location.count + 1)))
    }

    package func size(of name: ObjectName) throws(ObjectError) -> UInt64? {
        let reply = try client.send(.init(method: .HEAD, key: key(name)))
        switch reply.status {
        case 200: return reply.headers.first(name: "content-length").flatMap { UInt64($0) } ?? 0
        case 404: return nil
        default: throw failure(reply, name)
        }
    }

    package func read(
        _ range: Range<UInt64>, of name: ObjectName
    ) throws(ObjectError) -> [UInt8] {
        guard !range.isEmpty else { return [] }
        let reply = try client.send(
            .init(
                method: .GET, key: key(name),
                headers: [("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")],
                replyLimit: range.count + (1 << 20)))
        switch reply.status {
        case 206 where reply.body.count <= range.count: return reply.body
        case 416: return []
        case 200:
            // A service that knows no ranges sends everything, if that is little enough.
            let rest = reply.body.dropFirst(Int(clamping: range.lowerBound))
            return Array(rest.prefix(range.count))
        default: throw failure(reply, name)
        }
    }

    package func beginGroup() throws(ObjectError) -> any ObjectGroup { S3Group(self) }

    package func replace(
        _ name: ObjectName, with upload: any ObjectUpload
    ) throws(ObjectError) {
        guard let upload = upload as? S3Upload else {
            preconditionFailure("an upload goes back to the store that began it")
        }
        try upload.publish(over: true)
    }

    package func remove(_ name: ObjectName) throws(ObjectError) {
        let reply = try client.send(.init(method: .DELETE, key: key(name)))
        guard [200, 204, 404].contains(reply.status) else { throw failure(reply, name) }
    }

    package func presignedURL(
        of name: ObjectName, lifetime: Duration, at now: Timestamp
    ) -> String? {
        let path = place.path(of: key(name))
        let query = client.signer.presignedQuery(
            host: place.host, path: path, lifetimeSeconds: lifetime.components.seconds, at: now)
        return "\(place.endpoint)\(path)?\(query)"
    }

    func key(_ name: ObjectName) -> String {
        place.base.isEmpty ? name.rawValue : "\(place.base)/\(name)"
    }

    func failure(_ reply: S3Client.Reply, _ name: ObjectName) -> ObjectError {
        let reason = "status \(reply.status) \(reply.element("Code") ?? "")"
        switch reply.status {
        case 404 where reply.element("Code") == "NoSuchBucket":
            return .refused(location, reason: "there is no such bucket")
        case 404: return .absent(url(of: name))
        case 403:
            return .refused(
                url(of: name), reason: "the service denies it: \(reply.element("Code") ?? "403")")
        case 412: return .taken(url(of: name))
        default: return .refused(url(of: name), reason: reason)
        }
    }
}
