import Foundation

/// One demonstration: its server, what it checks, and what it measured.
struct DemoRun {
    let program: LogDogProgram
    let data: String
    let archive: String

    /// Directories that every Debian machine has; listing them prints thousands of lines.
    private static let firstCommand =
        "for d in /usr/bin /usr/lib /usr/share /etc; do ls -lR $d 2>/dev/null; done; "
        + "echo 'to standard error' >&2"
    /// Long enough to be killed in the middle, and different in every line.
    private static let secondCommand =
        "i=0; while [ $i -lt 4000 ]; do i=$((i+1)); echo \"line $i of the second command\"; "
        + "[ $((i % 40)) -eq 0 ] && sleep 0.02; done; true"

    /// Logs are due for archival as soon as they end; a program of its own does it.
    private var archiving: [String] {
        ["--archive", archive, "--no-archivist", "--terminated-archival-delay", "0"]
    }

    /// Does all of it; false, after saying what, if anything did not hold.
    func perform() async -> Bool {
        do {
            var server = try await DemoServer.start(
                program, data: data, port: 0, options: archiving)
            defer { server.process.send(signal: SIGKILL) }
            let first = try await streamAndFollow(on: server)
            server = try await killInTheMiddle(of: server)
            try await archive(first, on: server)
            try await stop(server)
            try await verifyJournal()
            summary(first: first, server: server)
            return true
        } catch let failure as DemoFailure {
            DemoOutput.say("\nFAILED: \(failure.what)")
        } catch {
            DemoOutput.say("\nFAILED: \(error)")
        }
        return false
    }

    /// What the first command showed.
    private struct Streamed {
        let output: [UInt8]
        var bytes: Int { output.count }
        let lines: Int
        let duration: Duration
    }

    private func streamAndFollow(on server: DemoServer) async throws -> Streamed {
        DemoOutput.step(1, "A real command streams through \(server.url), followed live")
        let view = LiveView()
        let started = ContinuousClock.now
        let command = try program.start(
            ["run", "--server", server.url, "--project", "demo", "--prefix", "builds/1"]
                + ["--", "/bin/sh", "-c", Self.firstCommand], collectErrors: true)
        let tail = try program.start(
            ["tail", "--follow", "--server", server.url, "demo/builds/1/+/stdout"],
            onOutput: view.show)
        try expect(await command.exitCode() == 0, "the command ended well under `logdog run`")
        try expect(await tail.exitCode() == 0, "the follower ended with the stream")
        let duration = started.duration(to: .now)
        try expectEqual(tail.output, command.output, "what was followed and what was printed")

        DemoOutput.step(2, "It is read back over pRPC and compared byte for byte")
        let read = try await program.output(
            ["cat", "--raw", "--server", server.url, "demo/builds/1/+/stdout"])
        try expectEqual(read, command.output, "what was stored and what was printed")
        let errors = try await program.output(
            ["cat", "--raw", "--server", server.url, "demo/builds/1/+/stderr"])
        try expect(errors == Array("to standard error\n".utf8), "standard error is a stream too")
        let lines = read.count { $0 == UInt8(ascii: "\n") }
        DemoOutput.say(
            "   \(DemoOutput.grouped(read.count)) bytes in \(DemoOutput.grouped(lines)) lines: "
                + "printed, followed and stored are the same")
        return Streamed(output: read, lines: lines, duration: duration)
    }

    private func killInTheMiddle(of server: DemoServer) async throws -> DemoServer {
        DemoOutput.step(3, "The server is killed (SIGKILL) in the middle of a second command")
        let command = try program.start(
            ["run", "--server", server.url, "--project", "demo", "--prefix", "builds/2"]
                + ["--", "/bin/sh", "-c", Self.secondCommand], collectErrors: true)
        let tail = try program.start(
            ["tail", "--follow", "--server", server.url, "demo/builds/2/+/stdout"])
        // What a reader was shown was durable; half of the output is the middle.
        let reached = await tail.waitForOutput { $0.count > 50_000 }
        try expect(reached, "the second command is being followed")
        server.process.send(signal: SIGKILL)
        _ = await server.process.exitCode()
        let shown = tail.output
        let started = ContinuousClock.now
        let again = try await DemoServer.start(
            program, data: data, port: server.port, options: archiving)
        let restart = started.duration(to: .now)
        let held = try await program.output(
            ["cat", "--raw", "--count", "1", "--server", again.url, "demo/builds/2/+/stdout"])
        try expect(shown.starts(with: held), "the first entry survived the kill")
        try expect(await command.exitCode() == 0, "the second command ended well")
        try expect(await tail.exitCode() == 0, "the follower went on across the restart")
        let stored = try await program.output(
            ["cat", "--raw", "--server", again.url, "demo/builds/2/+/stdout"])
        try expect(stored.starts(with: shown), "all that was acknowledged survived the kill")
        try expectEqual(stored, command.output, "what was stored and what was printed")
        try expectEqual(tail.output, command.output, "what was followed and what was printed")
        DemoOutput.say(
            "   \(DemoOutput.grouped(shown.count)) bytes had been shown at the kill, all are "
                + "there; ready again after \(DemoOutput.short(restart));\n"
                + "   the client sent the rest again: \(DemoOutput.grouped(stored.count)) bytes, "
                + "none missing, none twice")
        return again
    }

    private func archive(_ first: Streamed, on server: DemoServer) async throws {
        DemoOutput.step(4, "The logs are archived, and read out of their archives")
        let started = ContinuousClock.now
        _ = try await program.output(
            ["archivist", "--once", "--server", server.url, "--archive", archive])
        let duration = started.duration(to: .now)
        let read = try await program.output(
            ["cat", "--raw", "--server", server.url, "demo/builds/1/+/stdout"])
        try expectEqual(read, first.output, "what is read from the archive and what was printed")
        let objects = FileManager.default.enumerator(atPath: archive)?.allObjects ?? []
        let files = objects.compactMap { $0 as? String }.filter { $0.contains(".logstream.") }
        try expect(files.count >= 4, "both logs are archived, with an index each")
        DemoOutput.say(
            "   \(files.count / 2) logs in \(files.count) objects after \(DemoOutput.short(duration)); "
                + "\(DemoOutput.grouped(read.count)) bytes read back are the same")
    }

    private func stop(_ server: DemoServer) async throws {
        server.process.send(signal: SIGTERM)
        try expect(await server.process.exitCode() == 0, "the server stops cleanly on SIGTERM")
    }

    private func verifyJournal() async throws {
        DemoOutput.step(5, "The journal is verified")
        let report = try await program.output(["journal", "verify", "--data", data])
        DemoOutput.say(Self.indented(report))
        let statistics = try await program.output(["journal", "stat", "--data", data])
        DemoOutput.say(Self.indented(statistics))
    }

    private func summary(first: Streamed, server: DemoServer) {
        let perSecond = Double(first.bytes) / first.duration.seconds / 1_000_000
        DemoOutput.say(
            """

            All of it held: \(DemoOutput.grouped(first.lines)) lines \
            (\(DemoOutput.grouped(first.bytes)) bytes) streamed, followed and stored in \
            \(DemoOutput.short(first.duration)), \(String(format: "%.1f", perSecond)) MB/s.

            To try next:
              logdog serve --data DIR --archive DIR2
              logdog run --project demo --prefix builds/1 -- make -j2
              logdog tail --follow demo/builds/1/+/stdout
              logdog cat demo/builds/1/+/stdout
              logdog journal dump --data DIR
            """)
    }

    private static func indented(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { "   \($0)" }
            .joined(separator: "\n")
    }

    private func expect(_ holds: Bool, _ what: String) throws(DemoFailure) {
        guard holds else { throw DemoFailure(what: "expected that \(what)") }
    }

    private func expectEqual(
        _ left: [UInt8], _ right: [UInt8], _ what: String
    ) throws(DemoFailure) {
        guard left != right else { return }
        let same = zip(left, right).prefix { $0 == $1 }.count
        throw DemoFailure(
            what: "\(what) differ: \(left.count) and \(right.count) bytes, the same up to \(same)")
    }
}

extension Duration {
    fileprivate var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
