import Foundation
import TestSupport
import Testing

@testable import logdog

/// `logdog serve --config` and `logdog config`, as people run them.
@Suite(.timeLimit(.minutes(5))) struct ConfigTests {
    private static func good() throws -> ConfigurationDirectory {
        try ConfigurationDirectory([
            "services.cfg": "coordinator { service_auth_group: \"daemons\" }\n",
            "access.cfg": "groups { name: \"daemons\" members: \"service:a\" }\n",
        ])
    }

    private static func run(
        _ arguments: [String]
    ) async throws -> (code: Int32, output: String, errors: String) {
        let child = try BuiltProgram.logdog.start(arguments, collectErrors: true)
        let code = await child.exitCode()
        return (
            code, String(decoding: child.output, as: UTF8.self),
            String(decoding: child.errors, as: UTF8.self)
        )
    }

    @Test func `a good configuration is found good and printed, a bad one named line by line`()
        async throws
    {
        let directory = try Self.good()
        let check = ["serve", "--check-config", "--config", directory.path]
        #expect(try await Self.run(check).code == 0)
        let printed = try await Self.run(["config", "print", "--config", directory.path])
        #expect(printed.code == 0)
        #expect(printed.output.contains("services: group:daemons"), "\(printed.output)")
        let json = try await Self.run(["config", "print", "--json", "--config", directory.path])
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
        #expect((object as? [String: String])?["text"] == printed.output)

        try directory.write("coordinator {\n  nonsense: 1\n}\n", to: "services.cfg")
        for arguments in [
            check, ["config", "print", "--config", directory.path],
            ["serve", "--data", directory.path + "/data", "--config", directory.path],
        ] {
            let (code, _, errors) = try await Self.run(arguments)
            #expect(code == 1)
            #expect(errors.contains("services.cfg:2: there is no such field"), "\(errors)")
        }
    }

    @Test func `a token is printed alone, and its hash with the line that access.cfg wants`()
        async throws
    {
        let (code, output, errors) = try await Self.run(["config", "token", "service:a"])
        #expect(code == 0)
        let token = output.dropLast()
        #expect(output.hasSuffix("\n") && token.count == 43 && !token.contains("\n"))
        #expect(!errors.contains(token))
        let directory = try Self.good()
        try directory.write(
            "groups { name: \"daemons\" members: \"service:a\" }\n" + errors, to: "access.cfg")
        let check = try await Self.run(["serve", "--check-config", "--config", directory.path])
        #expect(check.code == 0, "\(check.errors)")
    }

    @Test func `options that do not fit each other are usage errors`() async throws {
        #expect(try await Self.run(["serve"]).code == 1)
        #expect(try await Self.run(["serve", "--check-config"]).code == 1)
    }

    @Test func `a configured server reads its directory again on SIGHUP`() async throws {
        let directory = try Self.good()
        let data = try TemporaryDirectory()
        let child = try BuiltProgram.logdog.start(
            [
                "serve", "--data", data.path("data"), "--listen", "127.0.0.1:0", "--config",
                directory.path,
            ], collectErrors: true)
        let isReady = await child.waitForOutput { $0.contains(UInt8(ascii: "\n")) }
        #expect(isReady)
        try directory.write("coordinator {\n  nonsense: 1\n}\n", to: "services.cfg")
        child.send(signal: SIGHUP)
        let isTold = await child.waitForOutput { _ in
            String(decoding: child.errors, as: UTF8.self).contains("services.cfg:2")
        }
        #expect(isTold)
        child.send(signal: SIGTERM)
        #expect(await child.exitCode() == 0)
    }
}
