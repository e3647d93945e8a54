import Foundation
import LogDogProtos
import PRPCServer

/// A whole call: the first line is the target, then come header lines up to an empty one, and the
/// rest is the body.
enum FuzzCall {
    private static let handler: PRPCHandler = {
        var options = PRPCHandler.Options()
        options.inflatedBodyLimit = 1 << 20
        return PRPCHandler(
            [
                PRPCService(
                    "logdog.Logs",
                    [
                        PRPCMethod("Get") { (request: Logdog_GetRequest, _) in request },
                        PRPCMethod("Query") { (request: Logdog_QueryRequest, _) in request },
                    ])
            ], options: options)
    }()

    static func take(_ bytes: [UInt8]) {
        var rest = bytes[...]
        func line() -> String {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
            defer { rest = rest[min(end + 1, rest.endIndex)...] }
            return String(decoding: rest[..<end], as: UTF8.self)
        }
        let target = line()
        var fields: [(name: String, value: String)] = []
        while fields.count < 32 {
            let parts = line().split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { break }
            fields.append((String(parts[0]), parts[1].trimmingPrefix(" ").description))
        }
        let request = HTTPRequest(
            method: "POST", target: target, headers: HTTPFields(fields), body: Array(rest))
        _ = (request.path, request.query("format"))
        let answered = DispatchSemaphore(value: 0)
        Task.detached {
            _ = await handler.reply(to: request)
            answered.signal()
        }
        answered.wait()
    }
}
