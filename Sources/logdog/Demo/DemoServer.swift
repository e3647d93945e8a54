import Foundation

/// A check of the demonstration that did not hold.
struct DemoFailure: Error {
    let what: String
}

/// This program, run as a child.
struct LogDogProgram {
    /// Where the program lies.
    let executable: String

    /// The program that is running now.
    static func itself() throws -> LogDogProgram {
        LogDogProgram(
            executable: try FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/exe"))
    }

    func start(
        _ arguments: [String], collectErrors: Bool = false,
        onOutput: @escaping @Sendable ([UInt8]) -> Void = { _ in }
    ) throws -> ChildProcess {
        try ChildProcess(
            executable, arguments, collectErrors: collectErrors, onOutput: onOutput)
    }

    /// The standard output of a command that must end with exit code 0.
    func output(_ arguments: [String]) async throws -> [UInt8] {
        let child = try start(arguments)
        let code = await child.exitCode()
        guard code == 0 else {
            throw DemoFailure(what: "`logdog \(arguments.joined(separator: " "))` exited \(code)")
        }
        return child.output
    }
}

/// A server process of the demonstration.
struct DemoServer {
    let process: ChildProcess
    let port: Int

    var url: String { "http://127.0.0.1:\(port)" }

    /// Starts a server and waits until it says that it is ready to answer.
    ///
    /// - Parameter options: further options of `logdog serve`.
    static func start(
        _ program: LogDogProgram, data: String, port: Int, options: [String] = []
    ) async throws -> DemoServer {
        let process = try program.start(
            ["serve", "--data", data, "--listen", "127.0.0.1:\(port)"] + options,
            collectErrors: true)
        let ready = await process.waitForOutput { listeningPort(in: $0) != nil }
        guard ready, let bound = listeningPort(in: process.output) else {
            let errors = String(decoding: process.errors, as: UTF8.self)
            throw DemoFailure(what: "the server did not start: \(errors)")
        }
        return DemoServer(process: process, port: bound)
    }

    private static func listeningPort(in output: [UInt8]) -> Int? {
        let text = String(decoding: output, as: UTF8.self)
        for line in text.split(separator: "\n") where line.hasPrefix("listening on http://") {
            guard text.contains(line + "\n"), let colon = line.lastIndex(of: ":") else { continue }
            return Int(line[line.index(after: colon)...])
        }
        return nil
    }
}
