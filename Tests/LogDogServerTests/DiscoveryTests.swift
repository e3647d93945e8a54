import ByteCoding
import Crypto
import Foundation
import LogDogProtos
import SwiftProtobuf
import TestSupport
import Testing

/// What the server tells of itself.
@Suite(.timeLimit(.minutes(5))) struct DiscoveryTests {
    private func describe(_ setUp: RecordedSetUp) async throws -> Discovery_DescribeResponse {
        let reply = try await setUp.client.call("discovery.Discovery", "Describe", [])
        #expect(reply.headers["x-prpc-grpc-code"] == "0")
        return try Discovery_DescribeResponse(serializedBytes: reply.body)
    }

    @Test func `every service is named, in order, and described with all that it imports`()
        async throws
    {
        let setUp = try await RecordedSetUp()
        let reply = try await describe(setUp)
        #expect(reply.services == reply.services.sorted())
        #expect(reply.services.contains("discovery.Discovery"))
        let files = Set(reply.description_p.file.map(\.name))
        for file in reply.description_p.file {
            #expect(files.isSuperset(of: file.dependency), "\(file.name)")
            #expect(!file.sourceCodeInfo.location.isEmpty, "comments of \(file.name)")
        }
        let described = reply.description_p.file.flatMap { file in
            file.service.map { "\(file.package).\($0.name)" }
        }
        #expect(Set(described).isSuperset(of: reply.services))
        try await setUp.stop()
    }

    @Test func `every method that is described is there`() async throws {
        let setUp = try await RecordedSetUp()
        let reply = try await describe(setUp)
        for file in reply.description_p.file {
            for service in file.service {
                let name = "\(file.package).\(service.name)"
                guard reply.services.contains(name) else { continue }
                for method in service.method {
                    let answer = try await setUp.client.call(name, method.name, [])
                    #expect(
                        answer.headers["x-prpc-grpc-code"] != "12", "\(name)/\(method.name)")
                }
            }
        }
        try await setUp.stop()
    }

    @Test func `the descriptors are those of the schema`() async throws {
        let setUp = try await RecordedSetUp()
        let schema = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/LogDogProtos/Schema").standardizedFileURL
        var hash = SHA256()
        let names = try await describe(setUp).description_p.file.map(\.name).sorted()
        for name in names where !name.hasPrefix("google/") {
            hash.update(data: try Data(contentsOf: schema.appending(path: name)))
        }
        let digest = hash.finalize().map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        #expect(
            digest.joined() == ServiceDescriptors.schemaDigest,
            "make ServiceDescriptors.swift anew as LogDogProtos/README.md says")
        try await setUp.stop()
    }
}
