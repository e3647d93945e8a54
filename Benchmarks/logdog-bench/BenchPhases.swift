import Foundation

/// The phases of a benchmark in one directory, each in a fresh process of this program, so that the
/// memory that one takes is its own.
struct BenchPhases {
    /// A phase did not end as it should.
    struct Failed: Error {
        let phase: String
        let status: Int32
    }

    let directory: String
    private let command: String
    private let arguments: [String]

    /// Makes the directory, which is temporary.
    ///
    /// - Parameter arguments: of all phases, besides phase, directory and what `output` says.
    init(_ command: String, _ arguments: [String], _ output: OutputOptions) throws {
        directory =
            FileManager.default.temporaryDirectory
            .appending(path: "logdog-bench-\(UUID().uuidString)").path
        self.command = command
        self.arguments =
            arguments + ["--seed", "\(output.seed)"] + (output.json ? ["--json"] : [])
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
    }

    /// Runs a phase to its end.
    ///
    /// - Parameter isKilled: whether it ends itself by SIGKILL.
    func run(_ phase: String, isKilled: Bool = false) throws {
        let process = Process()
        process.executableURL = URL(
            filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        process.arguments =
            [command, "--phase", phase, "--directory", directory] + arguments
        try process.run()
        process.waitUntilExit()
        let status = process.terminationStatus
        guard status == (isKilled ? SIGKILL : 0),
            process.terminationReason == (isKilled ? .uncaughtSignal : .exit)
        else { throw Failed(phase: phase, status: status) }
    }

    /// Removes the directory.
    func remove() throws { try FileManager.default.removeItem(atPath: directory) }
}
