import Crypto
import Foundation
import NIOHTTP1
import StreamArchive

/// Objects on their way into a bucket; each is durable as soon as it is published.
final class S3Group: ObjectGroup {
    private let store: S3Store
    private var uploads: [S3Upload] = []

    init(_ store: S3Store) { self.store = store }

    func begin(_ name: ObjectName) throws(ObjectError) -> any ObjectUpload {
        let upload = S3Upload(name, store)
        uploads.append(upload)
        return upload
    }

    func publish(_ upload: any ObjectUpload) throws(ObjectError) {
        guard let upload = upload as? S3Upload else {
            preconditionFailure("an upload goes back to the group that began it")
        }
        try upload.publish(over: false)
    }

    func settle() throws(ObjectError) {}

    func end() {
        for upload in uploads { upload.abort() }
        uploads = []
    }
}

/// An object that is being written: in memory until it has 16 MiB, then in parts of that size.
final class S3Upload: ObjectUpload {
    static let partSize = 16 << 20

    let name: ObjectName
    private let store: S3Store
    private var buffer: [UInt8] = []
    /// Nil while one request is enough.
    private var uploadID: String?
    private var parts: [(tag: String, checksum: String)] = []
    private var isPublished = false

    init(_ name: ObjectName, _ store: S3Store) {
        self.name = name
        self.store = store
    }

    func append(_ bytes: [UInt8]) throws(ObjectError) {
        buffer += bytes
        while buffer.count > Self.partSize {
            try sendPart(Array(buffer.prefix(Self.partSize)))
            buffer.removeFirst(Self.partSize)
        }
    }

    func finish() throws(ObjectError) {
        guard uploadID != nil, !buffer.isEmpty else { return }
        try sendPart(buffer)
        buffer = []
    }

    /// - Parameter over: whether an object of the name is replaced.
    func publish(over: Bool) throws(ObjectError) {
        let condition = over ? [] : [("if-none-match", "*")]
        if let uploadID {
            try complete(uploadID, condition)
        } else {
            let checksum = Self.checksum(buffer)
            let reply = try store.client.send(
                .init(
                    method: .PUT, key: store.key(name),
                    headers: [("x-amz-checksum-sha256", checksum)] + condition, body: buffer))
            guard reply.status == 200 else { throw store.failure(reply, name) }
        }
        isPublished = true
    }

    /// Frees the parts of an upload that was not published. What cannot be freed now is left to
    /// the bucket's own rule for unfinished uploads.
    func abort() {
        guard let uploadID, !isPublished else { return }
        self.uploadID = nil
        do throws(ObjectError) {
            _ = try store.client.send(
                .init(
                    method: .DELETE, key: store.key(name), query: [("uploadId", uploadID)]))
        } catch {
            return
        }
    }

    private func sendPart(_ bytes: [UInt8]) throws(ObjectError) {
        let id: String
        if let uploadID { id = uploadID } else { id = try begin() }
        let checksum = Self.checksum(bytes)
        let reply = try store.client.send(
            .init(
                method: .PUT, key: store.key(name),
                query: [("partNumber", "\(parts.count + 1)"), ("uploadId", id)],
                headers: [("x-amz-checksum-sha256", checksum)], body: bytes))
        guard reply.status == 200, let tag = reply.headers.first(name: "etag") else {
            throw store.failure(reply, name)
        }
        parts.append((tag, checksum))
    }

    private func begin() throws(ObjectError) -> String {
        let reply = try store.client.send(
            .init(
                method: .POST, key: store.key(name), query: [("uploads", "")],
                headers: [("x-amz-checksum-algorithm", "SHA256")]))
        guard reply.status == 200, let id = reply.element("UploadId") else {
            throw store.failure(reply, name)
        }
        uploadID = id
        return id
    }

    private func complete(
        _ id: String, _ condition: [(String, String)]
    ) throws(ObjectError) {
        let list = parts.enumerated().map { number, part in
            "<Part><PartNumber>\(number + 1)</PartNumber><ETag>\(part.tag)</ETag>"
                + "<ChecksumSHA256>\(part.checksum)</ChecksumSHA256></Part>"
        }.joined()
        let body = "<CompleteMultipartUpload>\(list)</CompleteMultipartUpload>"
        let reply = try store.client.send(
            .init(
                method: .POST, key: store.key(name), query: [("uploadId", id)],
                headers: condition, body: Array(body.utf8)))
        guard reply.status == 200 else { throw store.failure(reply, name) }
        // The service may answer 200 before it knows, and say in the body what went wrong.
        if let code = reply.element("Code") {
            throw .unavailable(store.url(of: name), reason: "completing the upload: \(code)")
        }
    }

    private static func checksum(_ bytes: [UInt8]) -> String {
        Data(SHA256.hash(data: bytes)).base64EncodedString()
    }
}
