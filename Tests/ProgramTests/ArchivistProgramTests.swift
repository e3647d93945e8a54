import Foundation
import TestSupport
import Testing

@testable import logdog

/// `logdog archivist` beside `logdog serve`.
@Suite(.timeLimit(.minutes(5))) struct ArchivistProgramTests {
    @Test func `a log that another process archives is read from its archive`() async throws {
        let directory = try TemporaryDirectory()
        let archive = directory.path("archive")
        let server = try await DemoServer.start(
            BuiltProgram.logdog, data: directory.path("data"), port: 0,
            options: [
                "--archive", archive, "--no-archivist", "--terminated-archival-delay", "0",
            ])
        let run = try BuiltProgram.logdog.start([
            "run", "--server", server.url, "--project", "p", "--prefix", "a", "--", "/bin/echo",
            "hello",
        ])
        #expect(await run.exitCode() == 0)
        _ = try await BuiltProgram.logdog.output(
            ["archivist", "--once", "--server", server.url, "--archive", archive])
        let files = FileManager.default.enumerator(atPath: archive)?.allObjects ?? []
        let objects = files.compactMap { $0 as? String }.filter { $0.contains("/+/stdout/~t") }
        #expect(objects.count == 2, "\(files)")
        func read() async throws -> String {
            let bytes = try await BuiltProgram.logdog.output(
                ["cat", "--raw", "--server", server.url, "p/a/+/stdout"])
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(try await read() == "hello\n")
        let entries = try #require(objects.first { $0.hasSuffix(".entries") })
        var bytes = try Data(contentsOf: URL(filePath: "\(archive)/\(entries)"))
        let word = try #require(bytes.range(of: Data("hello".utf8)))
        bytes.replaceSubrange(word, with: Data("HELLO".utf8))
        try bytes.write(to: URL(filePath: "\(archive)/\(entries)"))
        #expect(
            try await read() == "hello\n", "the damage is noticed, and the journal still has it")
        server.process.send(signal: SIGTERM)
        #expect(await server.process.exitCode() == 0)
    }
}
