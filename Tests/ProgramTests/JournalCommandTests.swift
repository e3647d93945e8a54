import Foundation
import Testing

@testable import logdog

/// `logdog journal …` as a person or a script runs it, on the journal in Fixtures.
@Suite struct JournalCommandTests {
    private static func fixture(in directory: TemporaryDirectory) throws -> String {
        let source = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/inspection/v1")
        let data = directory.path("data")
        try FileManager.default.copyItem(atPath: source.path, toPath: data)
        return data
    }

    private static func run(
        _ arguments: [String]
    ) async throws -> (code: Int32, output: String, errors: String) {
        let child = try BuiltProgram.logdog.start(["journal"] + arguments, collectErrors: true)
        let code = await child.exitCode()
        return (
            code, String(decoding: child.output, as: UTF8.self),
            String(decoding: child.errors, as: UTF8.self)
        )
    }

    private static func damage(_ data: String) throws {
        let segment = URL(filePath: data).appending(path: "journal/00000000000000000001.seg")
        var bytes = try Data(contentsOf: segment)
        bytes[200] ^= 1
        try bytes.write(to: segment)
    }

    @Test func `a sound journal is verified, deeply too, and changed by nothing that reads`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let data = try Self.fixture(in: directory)
        let before = try FileManager.default.subpathsOfDirectory(atPath: data).sorted()
        for arguments in [
            ["verify", "--deep", "--data", data, "--json"], ["dump", "--data", data],
            ["stat", "--data", data], ["export", "--data", data],
            ["repair", "--data", data], ["state", "--data", data, "proj/builds/1"],
            ["replay", "--data", data, "--into", directory.path("replayed")],
        ] {
            let (code, output, errors) = try await Self.run(arguments)
            #expect(code == 0, "\(arguments): \(output) \(errors)")
            #expect(!output.isEmpty && !output.contains("SSSS"), "\(arguments)")
        }
        #expect(try FileManager.default.subpathsOfDirectory(atPath: data).sorted() == before)
        #expect(FileManager.default.fileExists(atPath: directory.path("replayed/catalog.sqlite")))
    }

    @Test func `damage exits 2, a repair exits 3, and then all is sound`() async throws {
        let directory = try TemporaryDirectory()
        let data = try Self.fixture(in: directory)
        try Self.damage(data)
        for command in ["verify", "dump", "repair", "export"] {
            #expect(try await Self.run([command, "--data", data]).code == 2, "\(command)")
        }
        let (code, output, _) = try await Self.run(["repair", "--apply", "--data", data])
        #expect(code == 3)
        #expect(output.contains("lost=[["), "\(output)")
        #expect(try await Self.run(["verify", "--data", data]).code == 0)
        #expect(try await Self.run(["repair", "--data", data]).code == 0)
    }

    @Test func `what cannot be understood exits 1 and names the option`() async throws {
        let directory = try TemporaryDirectory()
        let data = try Self.fixture(in: directory)
        for (arguments, option) in [
            (["dump", "--data", data, "--from", "yesterday"], "--from"),
            (["dump", "--data", data, "--kind", "nonsense"], "--kind"),
            (["dump", "--data", data, "--match", "("], "--match"),
            (["dump", "--data", data, "--stream", "/"], "--stream"),
            (["verify", "--data", data, "--jobs", "0"], "--jobs"),
        ] {
            let (code, _, errors) = try await Self.run(arguments)
            #expect(code == 1 && errors.contains(option), "\(arguments): \(errors)")
        }
        #expect(try await Self.run(["state", "--data", data, "proj/none"]).code == 1)
        #expect(try await Self.run(["dump", "--data", directory.path("none")]).code == 5)
    }

    @Test func `a copy is the same, and a journal that went on is not`() async throws {
        let directory = try TemporaryDirectory()
        let data = try Self.fixture(in: directory)
        let export = try await Self.run(["export", "--data", data])
        #expect(export.errors.contains("holds prefix secrets"))
        let file = directory.path("export.jsonl")
        try Data(export.output.utf8).write(to: URL(filePath: file))
        let copy = directory.path("copy")
        #expect(try await Self.run(["import", "--data", copy, file]).code == 0)
        #expect(try await Self.run(["diff", data, copy]).code == 0)
        #expect(try await Self.run(["import", "--data", copy, file]).code == 1)
        try Self.damage(data)
        #expect(try await Self.run(["diff", data, copy]).code == 2)
    }

    @Test func `a dump goes on where its cursor file says`() async throws {
        let directory = try TemporaryDirectory()
        let data = try Self.fixture(in: directory)
        let cursor = directory.path("cursor")
        let arguments = ["dump", "--data", data, "--cursor-file", cursor]
        let first = try await Self.run(arguments + ["--to", "3"])
        let second = try await Self.run(arguments)
        let third = try await Self.run(arguments)
        let whole = try await Self.run(["dump", "--data", data])
        #expect(first.output + second.output == whole.output)
        #expect(third.output.isEmpty && third.code == 0)
    }

    @Test func `a reader that goes away is no error`() async throws {
        let directory = try TemporaryDirectory()
        let data = try Self.fixture(in: directory)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c",
            "{ for i in 1 2 3 4 5 6 7 8; do \"$0\" journal dump --raw --json --data \"$1\" "
                + "|| echo failed >&2; done; } | head -c 10 >/dev/null",
            BuiltProgram.logdog.executable, data,
        ]
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(text.isEmpty, "\(String(decoding: text, as: UTF8.self))")
    }
}
