import ByteCoding
import Foundation
import LogDogProtos
import SwiftProtobuf
import TestSupport

@testable import logdog

/// The program as it was built for these tests.
enum BuiltProgram {
    /// Beside the test bundle, where the package manager puts both.
    static var logdog: LogDogProgram {
        let bundle = URL(filePath: CommandLine.arguments.first ?? "")
        let besideBundle = bundle.deletingLastPathComponent().appending(path: "logdog").path
        if FileManager.default.isExecutableFile(atPath: besideBundle) {
            return LogDogProgram(executable: besideBundle)
        }
        let checkout = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return LogDogProgram(executable: checkout.appending(path: ".build/debug/logdog").path)
    }
}

/// A directory that is gone when the test is over.
final class TemporaryDirectory {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory
            .appending(path: "logdog-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    }

    deinit {
        // A directory that cannot be removed is the system's to clean; no test depends on it.
        do { try FileManager.default.removeItem(at: url) } catch {}
    }

    func path(_ name: String) -> String { url.appending(path: name).path }
}

extension LoopbackClient {
    /// Claims a prefix and returns its secret.
    func registerPrefix(_ prefix: String, of project: String) async throws -> [UInt8] {
        var request = Logdog_RegisterPrefixRequest()
        request.project = project
        request.prefix = prefix
        let reply = try await call(
            "logdog.Registration", "RegisterPrefix", request.serializedBytes())
        guard reply.headers["x-prpc-grpc-code"] == "0" else { throw Refused(reply: reply) }
        return [UInt8](try Logdog_RegisterPrefixResponse(serializedBytes: reply.body).secret)
    }

    /// All entries of a stream from index 0 on, as far as they are contiguous; empty if the
    /// stream is not there.
    func entries(of path: String, in project: String) async throws -> [Logpb_LogEntry] {
        var entries: [Logpb_LogEntry] = []
        while true {
            var request = Logdog_GetRequest()
            request.project = project
            request.path = path
            request.index = Int64(entries.count)
            let reply = try await call("logdog.Logs", "Get", request.serializedBytes())
            if reply.headers["x-prpc-grpc-code"] == "5" { return entries }
            guard reply.headers["x-prpc-grpc-code"] == "0" else { throw Refused(reply: reply) }
            let logs = try Logdog_GetResponse(serializedBytes: reply.body).logs
            if logs.isEmpty { return entries }
            entries += logs
        }
    }

    struct Refused: Error {
        let reply: Reply
    }
}
