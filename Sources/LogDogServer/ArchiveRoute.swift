import LogDogServices
import PRPCServer
import Platform
import ReadModels
import StreamArchive

/// `GET /archives/<object>?expires=…&signature=…`: what a signed link of this server leads to,
/// whole or by one range.
struct ArchiveRoute: Sendable {
    private static let piece: UInt64 = 1 << 20

    private let links: ArchiveLinks?
    private let readModel: ReadModel
    private let clock: any Clock

    init(_ context: ServiceContext) {
        links = context.links
        readModel = context.readModel
        clock = context.clock
    }

    func reply(to request: HTTPRequest) async -> HTTPReply {
        guard let path = request.path, path.hasPrefix(ArchiveLinks.path),
            let object = links?.object(
                named: String(path.dropFirst(ArchiveLinks.path.count)),
                expires: request.query("expires") ?? "",
                signature: request.query("signature") ?? "", at: clock.wall())
        else { return .text(403, "the link is none of this server's, or has expired") }
        do throws(ReadError) {
            guard let size = try await readModel.size(of: object) else {
                return .text(404, "the object is not there any more")
            }
            return reply(
                object, size, range: request.headers["range"], isHead: request.method == "HEAD")
        } catch {
            return .text(503, "the archive store cannot be read now")
        }
    }

    private func reply(
        _ object: StoredObject, _ size: UInt64, range text: String?, isHead: Bool
    ) -> HTTPReply {
        var headers: HTTPFields = [
            "Content-Type": "application/octet-stream", "Accept-Ranges": "bytes",
            "Cache-Control": "private, max-age=3600",
        ]
        var range = 0..<size
        if let text, let asked = Self.range(text, of: size) {
            guard !asked.isEmpty else {
                headers.add("Content-Range", "bytes */\(size)")
                return HTTPReply(status: 416, headers: headers)
            }
            range = asked
            headers.add(
                "Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
        }
        let status = range == 0..<size ? 200 : 206
        if isHead { return HTTPReply(status: status, headers: headers) }
        let readModel = readModel
        let whole = range
        return HTTPReply(
            status: status, headers: headers,
            body: .stream { writer in
                var next = whole.lowerBound
                while next < whole.upperBound {
                    let end = min(whole.upperBound, next + Self.piece)
                    let bytes = try await readModel.bytes(next..<end, of: object)
                    // A body that ends early is not ended properly: the client notices.
                    guard bytes.count == end - next else {
                        throw ReadError.archiveUnavailable(reason: "\(object.url) was cut")
                    }
                    try await writer.write(bytes)
                    next = end
                }
            })
    }

    /// The range of a header such as `bytes=0-99`, `bytes=100-` or `bytes=-50`; empty if it lies
    /// behind the end; nil for anything else, which is not minded.
    static func range(_ text: String, of size: UInt64) -> Range<UInt64>? {
        guard text.hasPrefix("bytes="), !text.contains(",") else { return nil }
        let parts = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        switch (UInt64(parts[0]), UInt64(parts[1])) {
        case (let first?, let last?) where first <= last:
            return first < size ? first..<min(size, last < .max ? last + 1 : last) : 0..<0
        case (let first?, nil) where parts[1].isEmpty:
            return first < size ? first..<size : 0..<0
        case (nil, let count?) where parts[0].isEmpty: return size - min(count, size)..<size
        default: return nil
        }
    }
}
