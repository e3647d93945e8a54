import Coordinator
import LogDogProtos
import Platform
import RPCStatus
import ReadModels
import StreamArchive
import SwiftProtobuf

/// Links to the objects of archives (`spec/rpc.md §3.4`): the store's own where it can be reached
/// by others, else ones that this server serves.
package final class ArchiveLinks: Sendable {
    /// No link lives longer.
    package static let longestLifetime = Duration.seconds(3600)
    /// Where the server serves objects.
    package static let path = "/archives/"

    private let signer: LinkSigner
    private let archives: ArchiveShelf
    private let server = Lock("")

    /// - Parameter key: 32 random bytes.
    package init(key: [UInt8], archives: ArchiveShelf) {
        signer = LinkSigner(key: key)
        self.archives = archives
    }

    /// Says by which URL, without a slash at its end, clients reach the server.
    package func publish(at url: String) { server.withLock { $0 = url } }

    /// What is answered to a request for links; nil if it asks for nothing.
    ///
    /// - Throws: `internal` if an object is in no store of this server.
    func sign(
        _ request: Logdog_GetRequest.SignURLRequest, _ archive: ArchiveInfo, at now: Timestamp
    ) throws(RPCError) -> Logdog_GetResponse.SignedUrls? {
        let asked =
            Duration.seconds(request.lifetime.seconds) + .nanoseconds(Int64(request.lifetime.nanos))
        guard request.stream || request.index, asked > .zero else { return nil }
        let lifetime = min(asked, Self.longestLifetime)
        var urls = Logdog_GetResponse.SignedUrls()
        urls.expiration = Google_Protobuf_Timestamp(now.adding(lifetime))
        if request.stream { urls.stream = try link(to: archive.stream.url, lifetime, now) }
        if request.index { urls.index = try link(to: archive.index.url, lifetime, now) }
        return urls
    }

    private func link(
        to url: String, _ lifetime: Duration, _ now: Timestamp
    ) throws(RPCError) -> String {
        guard let object = archives.object(at: url) else {
            throw RPCError(.internal, "\(url) is in no archive store of this server")
        }
        if let own = object.store.presignedURL(of: object.name, lifetime: lifetime, at: now) {
            return own
        }
        // Rounded up, so that the link does not expire before it is said to.
        let expires = now.adding(lifetime + .milliseconds(999))
        let path = object.name.rawValue.replacing("+", with: "%2B")
        return server.withLock { $0 } + Self.path + path + "?"
            + signer.query(for: object.name, expires: expires)
    }

    /// The object that a link leads to; nil if the link is none of ours or has expired, or the
    /// object is in no store whose links this server serves.
    package func object(
        named name: String, expires: String, signature: String, at now: Timestamp
    ) -> StoredObject? {
        guard let name = ObjectName(name), let expires = Int64(expires),
            let signature = Self.bytes(hex: signature),
            signer.isValid(name, expires: expires, signature: signature, at: now),
            let store = archives.stores.first(where: {
                $0.presignedURL(of: name, lifetime: .seconds(1), at: now) == nil
            })
        else { return nil }
        return StoredObject(name: name, store: store)
    }

    private static func bytes(hex: String) -> [UInt8]? {
        guard hex.utf8.count == 64 else { return nil }
        let digits = hex.compactMap(\.hexDigitValue)
        guard digits.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
