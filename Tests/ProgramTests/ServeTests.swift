import ByteCoding
import Foundation
import TestSupport
import Testing

@testable import logdog

/// `logdog serve` on bad days: what it says and how it exits.
@Suite(.timeLimit(.minutes(5))) struct ServeTests {
    private func failure(
        _ arguments: [String]
    ) async throws -> (code: Int32, text: String) {
        let child = try BuiltProgram.logdog.start(["serve"] + arguments, collectErrors: true)
        let code = await child.exitCode()
        return (code, String(decoding: child.errors, as: UTF8.self))
    }

    @Test func `a second server on one directory exits 4 and names the holder`() async throws {
        let directory = try TemporaryDirectory()
        let data = directory.path("data")
        let server = try await DemoServer.start(BuiltProgram.logdog, data: data, port: 0)
        let (code, text) = try await failure(["--data", data, "--listen", "127.0.0.1:0"])
        #expect(code == 4)
        #expect(text.contains("\(server.process.processIdentifier)"), "\(text)")
        server.process.send(signal: SIGTERM)
        #expect(await server.process.exitCode() == 0)
    }

    @Test func `a directory of a newer format exits 6 and is left alone`() async throws {
        let directory = try TemporaryDirectory()
        let data = directory.path("data")
        let server = try await DemoServer.start(BuiltProgram.logdog, data: data, port: 0)
        server.process.send(signal: SIGTERM)
        #expect(await server.process.exitCode() == 0)
        let segment = URL(filePath: data).appending(
            path: "journal/00000000000000000001.seg")
        var bytes = [UInt8](try Data(contentsOf: segment))
        // The version, and the checksum over the header that a newer writer would have made.
        bytes[8] = 2
        let checksum = crc32(bytes[..<60])
        for index in 0..<4 {
            bytes[60 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(index)))
        }
        try Data(bytes).write(to: segment)
        let (code, text) = try await failure(["--data", data, "--listen", "127.0.0.1:0"])
        #expect(code == 6)
        #expect(text.contains("version 2"), "\(text)")
        #expect([UInt8](try Data(contentsOf: segment)) == bytes)
    }

    @Test func `a missing parent, a file in the way and a taken port exit 5 in one line`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let missing = try await failure(
            ["--data", directory.path("no/such/parent"), "--listen", "127.0.0.1:0"])
        #expect(missing.code == 5)
        #expect(missing.text.contains("no/such"), "\(missing.text)")

        try Data("in the way".utf8).write(to: directory.url.appending(path: "file"))
        let file = try await failure(
            ["--data", directory.path("file"), "--listen", "127.0.0.1:0"])
        #expect(file.code == 5)

        let server = try await DemoServer.start(
            BuiltProgram.logdog, data: directory.path("first"), port: 0)
        let taken = try await failure(
            ["--data", directory.path("second"), "--listen", "127.0.0.1:\(server.port)"])
        #expect(taken.code == 5)
        #expect(taken.text.contains("\(server.port)"), "\(taken.text)")
        server.process.send(signal: SIGTERM)
        #expect(await server.process.exitCode() == 0)
    }

    @Test func `an unknown option is a usage error and exits 1`() async throws {
        let (code, text) = try await failure(["--data", "unused", "--no-such-option"])
        #expect(code == 1)
        #expect(text.contains("no-such-option"), "\(text)")
    }

    @Test func `clients exit 5 when the server cannot be reached`() async throws {
        let child = try BuiltProgram.logdog.start(
            ["cat", "--server", "http://127.0.0.1:1", "demo/builds/1/+/stdout"],
            collectErrors: true)
        #expect(await child.exitCode() == 5)
    }
}
