import Foundation
import GRDB
import LogDogProtos
import Platform
import RPCStatus
import SwiftProtobuf
import TestSupport
import Testing

// Circumstances in which a disk fails, or holds what nobody can read.
extension RPCErrorVectorTests {
    static let storage: [String: Circumstance] = [
        "Logs.Get: log storage failing": { _ in
            try await onFailingDisk(.reads) { scene in
                var tail = Logdog_TailRequest()
                tail.project = "proj-foo"
                tail.path = "stored/+/s"
                return [
                    try await scene.code("Logs.Get", scene.get("stored/+/s")),
                    try await scene.code("Logs.Tail", tail),
                ]
            }
        },
        "Logs.Get: stored log entry undecodable": { _ in
            try await onStoredStreams { scene in
                let request = try scene.get("stored/+/bad").jsonUTF8Bytes() as [UInt8]
                let json = [("Content-Type", "application/json"), ("Accept", "application/json")]
                let reply = try await scene.setUp.client.post(
                    "/prpc/logdog.Logs/Get",
                    headers: json + [("Authorization", "Bearer user")], body: request)
                let code = reply.headers["x-prpc-grpc-code"].flatMap { Int32($0) }
                return [StatusCode(rawValue: try #require(code)) ?? .unknown]
            }
        },
        "Logs.Query: state=true and stored descriptor undecodable": { _ in
            try await onStoredStreams { scene in
                var query = scene.query("stored/+/**")
                query.state = true
                #expect(try await scene.code("Logs.Query", query) == .ok)
                let catalog = try DatabaseQueue(path: "\(scene.setUp.data)/catalog.sqlite")
                try await catalog.write { database in
                    try database.execute(sql: "UPDATE stream SET descriptor = x'ff'")
                }
                return [try await scene.code("Logs.Query", query)]
            }
        },
        "Registration.RegisterPrefix: store failing on write": { _ in
            try await codesOfWrites { scene in
                ("Registration.RegisterPrefix", scene.claim("new"), "user")
            }
        },
        "Services.RegisterStream: store failing on write": { _ in
            try await codesOfWrites { scene in
                let registration = try scene.registration("stored", StoredStreams.secret) {
                    $0.name = "new"
                }
                return ("Services.RegisterStream", registration, "service")
            }
        },
        "Services.TerminateStream: store failing on read or write": { _ in
            try await codesOfWrites { _ in
                var request = Logdog_TerminateStreamRequest()
                request.project = "proj-foo"
                request.id = StoredStreams.id(of: "s")
                request.secret = StoredStreams.secret
                request.terminalIndex = 1
                return ("Services.TerminateStream", request, "service")
            }
        },
        "Services.ArchiveStream: store failing on read or write": { _ in
            try await codesOfWrites { _ in
                var request = Logdog_ArchiveStreamRequest()
                request.project = "proj-foo"
                request.id = StoredStreams.id(of: "s")
                request.indexURL = "gs://b/index"
                request.streamURL = "gs://b/stream"
                return ("Services.ArchiveStream", request, "service")
            }
        },
        "Admin.SetConfig: storing the settings fails": { _ in
            try await codesOfWrites { _ in
                ("Admin.SetConfig", Logdog_SetConfigRequest(), "admin")
            }
        },
    ]

    /// The code of the write that meets the failing disk, and of one behind it.
    private static func codesOfWrites(
        _ request: (CallScene) throws -> (method: String, message: any Message, caller: String)
    ) async throws -> [StatusCode] {
        try await onFailingDisk(.writes) { scene in
            let (method, message, caller) = try request(scene)
            return [
                try await scene.code(method, message, as: caller),
                try await scene.code(method, message, as: caller),
            ]
        }
    }

    private static func onFailingDisk(
        _ failure: FailingFiles.Failure, _ body: (CallScene) async throws -> [StatusCode]
    ) async throws -> [StatusCode] {
        let files = FailingFiles()
        return try await onStoredStreams(files) { scene in
            files.fail(failure)
            return try await body(scene)
        }
    }

    private static func onStoredStreams(
        _ files: any FileSystem = SystemFileSystem(),
        _ body: (CallScene) async throws -> [StatusCode]
    ) async throws -> [StatusCode] {
        let scene = try await CallScene(options: { options in
            options.files = files
            try await StoredStreams.write(for: options)
        })
        let codes = try await body(scene)
        try await scene.stop()
        return codes
    }
}
