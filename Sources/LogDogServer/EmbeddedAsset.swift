import Crypto
import PRPCServer

/// A file that is part of the program, served as it is.
struct EmbeddedAsset: Sendable {
    private let contentType: String
    private let body: [UInt8]
    private let tag: String

    init(_ contentType: String, _ body: [UInt8]) {
        self.contentType = contentType
        self.body = body
        let digest = SHA256.hash(data: body).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        tag = "\"\(digest.joined())\""
    }

    /// Nothing but "not modified" to a browser that has it already.
    func reply(to request: HTTPRequest, _ further: HTTPFields = [:]) -> HTTPReply {
        var headers: HTTPFields = [
            "Content-Type": contentType, "ETag": tag, "Cache-Control": "no-cache",
            "X-Content-Type-Options": "nosniff",
        ]
        for (name, value) in further.all { headers.add(name, value) }
        let known = request.headers["if-none-match"]?.split(separator: ",") ?? []
        guard !known.contains(where: { $0.replacing(" ", with: "") == tag }) else {
            return HTTPReply(status: 304, headers: headers)
        }
        return HTTPReply(status: 200, headers: headers, body: .bytes(body))
    }
}
