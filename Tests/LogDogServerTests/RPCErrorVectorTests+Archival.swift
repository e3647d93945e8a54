import Foundation
import LogDogProtos
import RPCStatus
import SwiftProtobuf
import TestSupport
import Testing

// What archivists call.
extension RPCErrorVectorTests {
    static let archival: [String: Circumstance] = [
        "Services.ArchiveStream: id not a hash": { scene in
            [try await archive(on: scene) { $0.id = "nothing" }]
        },
        "Services.ArchiveStream: index_url empty": { scene in
            [try await archive(on: scene) { $0.indexURL = "" }]
        },
        "Services.ArchiveStream: stream_url empty": { scene in
            [try await archive(on: scene) { $0.streamURL = "" }]
        },
        "Services.ArchiveStream: error set but URLs empty": { scene in
            [
                try await archive(on: scene) { request in
                    request.error = "it broke"
                    request.indexURL = ""
                    request.streamURL = ""
                }
            ]
        },
        "Services.ArchiveStream: no such stream": { try await [archive(on: $0)] },
        "Services.ArchiveStream: already archived": { scene in
            let id = try await scene.stream(under: "twice", try await scene.register("twice"))
            return [
                try await archive(on: scene) { $0.id = id },
                try await archive(on: scene) { $0.id = id },
            ]
        },
        "Services.LeaseArchiveTasks: queue empty": { scene in
            let reply = try await scene.call(
                "Services.LeaseArchiveTasks", lease(.init(seconds: 60, nanos: 0)), as: "service")
            #expect(try Logdog_LeaseResponse(serializedBytes: reply.body).tasks.isEmpty)
            return [reply.code]
        },
        "Services.LeaseArchiveTasks: lease_time absent or out of range": { scene in
            var codes: [StatusCode] = []
            let seconds = [0, -1, 604_801, Int64.max, Int64.min] as [Int64]
            let times: [Google_Protobuf_Duration?] =
                [nil, .init(seconds: 60, nanos: -1), .init(seconds: 60, nanos: 1_000_000_000)]
                + seconds.map { .init(seconds: $0, nanos: 0) }
            for time in times {
                let request = lease(time)
                codes.append(
                    try await scene.code("Services.LeaseArchiveTasks", request, as: "service"))
            }
            return codes
        },
        "Services.DeleteArchiveTasks: task_name '1:2:3' or 'x:abc'": { scene in
            [try await delete("1:2:3", on: scene), try await delete("x:abc", on: scene)]
        },
        "Services.DeleteArchiveTasks: task_name empty": { try await [delete("", on: $0)] },
        "Services.DeleteArchiveTasks: unknown or already deleted task": { scene in
            [
                try await delete("0:12345", on: scene), try await delete("7:none", on: scene),
                try await delete("none", on: scene),
            ]
        },
    ]

    /// A call of three months between the dialects.
    static let transitional: [String: Circumstance] = [
        "Services.RescheduleArchiveTask: no such stream": { scene in
            let method = "Services.RescheduleArchiveTask"
            var request = Logdog_ArchiveDispatchTask()
            request.project = "proj-foo"
            #expect(try await scene.code(method, request, as: "service") == .invalidArgument)
            #expect(try await scene.code(method, request) == .permissionDenied)
            let prefix = "handed-back"
            request.id = try await scene.stream(
                under: prefix, try await scene.register(prefix))
            #expect(try await scene.code(method, request, as: "service") == .ok)
            request.id = String(repeating: "0", count: 64)
            return [try await scene.code(method, request, as: "service")]
        }
    ]

    private static func lease(_ time: Google_Protobuf_Duration?) -> Logdog_LeaseRequest {
        var request = Logdog_LeaseRequest()
        request.maxTasks = 10
        if let time { request.leaseTime = time }
        return request
    }

    private static func delete(_ name: String, on scene: CallScene) async throws -> StatusCode {
        var task = Logdog_ArchiveTask()
        task.taskName = name
        var request = Logdog_DeleteRequest()
        request.tasks = [task]
        return try await scene.code("Services.DeleteArchiveTasks", request, as: "service")
    }

    private static func archive(
        on scene: CallScene, _ harm: (inout Logdog_ArchiveStreamRequest) -> Void = { _ in }
    ) async throws -> StatusCode {
        var request = Logdog_ArchiveStreamRequest()
        request.project = "proj-foo"
        request.id = String(repeating: "0", count: 64)
        request.indexURL = "gs://b/index"
        request.streamURL = "gs://b/stream"
        harm(&request)
        return try await scene.code("Services.ArchiveStream", request, as: "service")
    }
}
