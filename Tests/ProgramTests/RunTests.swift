import Foundation
import TestSupport
import Testing

@testable import logdog

/// `logdog run` and the readers, against a real server.
@Suite(.timeLimit(.minutes(5))) struct RunTests {
    @Test func `a command's output and exit code pass through, and both streams are stored`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let program = BuiltProgram.logdog
        let server = try await DemoServer.start(
            program, data: directory.path("data"), port: 0)
        let script = "printf 'one\\ntwo\\r\\nno newline'; echo oops >&2; exit 7"
        let run = try program.start(
            ["run", "--server", server.url, "--project", "demo", "--prefix", "t/1"]
                + ["--", "/bin/sh", "-c", script], collectErrors: true)
        #expect(await run.exitCode() == 7)
        #expect(run.output == Array("one\ntwo\r\nno newline".utf8))
        let errors = String(decoding: run.errors, as: UTF8.self)
        #expect(errors.contains("oops\n"))
        #expect(errors.contains("/logs/demo/t/1"), "\(errors)")

        let stdout = try await program.output(
            ["cat", "--raw", "--server", server.url, "demo/t/1/+/stdout"])
        #expect(stdout == run.output)
        let stderr = try await program.output(
            ["cat", "--raw", "--server", server.url, "demo/t/1/+/stderr"])
        #expect(stderr == Array("oops\n".utf8))
        let listing = try await program.output(
            ["query", "--server", server.url, "demo/t/1"])
        #expect(
            String(decoding: listing, as: UTF8.self).split(separator: "\n").sorted()
                == ["demo/t/1/+/stderr", "demo/t/1/+/stdout"])
        let raw = try await LoopbackClient(port: server.port)
            .get("/logs/demo/t/1/+/stdout?format=raw")
        #expect(raw.status == 200)
        #expect(raw.body == run.output)
        server.process.send(signal: SIGTERM)
        #expect(await server.process.exitCode() == 0)
    }

    @Test func `a command that cannot start exits 250, one that dies of a signal 128 plus it`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let program = BuiltProgram.logdog
        let server = try await DemoServer.start(
            program, data: directory.path("data"), port: 0)
        let missing = try program.start(
            ["run", "--server", server.url, "--project", "demo", "--", "/no/such/program"],
            collectErrors: true)
        #expect(await missing.exitCode() == 250)
        let killed = try program.start(
            ["run", "--server", server.url, "--project", "demo", "--"]
                + ["/bin/sh", "-c", "kill -TERM $$"], collectErrors: true)
        let code = await killed.exitCode()
        #expect(code == 128 + SIGTERM, "\(String(decoding: killed.errors, as: UTF8.self))")
        server.process.send(signal: SIGTERM)
        #expect(await server.process.exitCode() == 0)
    }

    @Test func `a project name that is not valid is refused with exit code 1`() async throws {
        let directory = try TemporaryDirectory()
        let program = BuiltProgram.logdog
        let server = try await DemoServer.start(
            program, data: directory.path("data"), port: 0)
        let refused = try program.start(
            ["run", "--server", server.url, "--project", "Bad Name", "--", "/bin/true"],
            collectErrors: true)
        #expect(await refused.exitCode() == 1)
        server.process.send(signal: SIGTERM)
        #expect(await server.process.exitCode() == 0)
    }
}
