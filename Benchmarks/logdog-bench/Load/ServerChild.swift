import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A server that a benchmark starts on this machine and stops again.
final class ServerChild {
    /// What it prints.
    let outputPath: String
    private let process = Process()

    /// Starts `command`, its first word looked up in `PATH` unless it is a path.
    init(_ command: [String], in directory: String) throws {
        outputPath = "\(directory)/output"
        try Data().write(to: URL(filePath: outputPath))
        let output = try FileHandle(forWritingTo: URL(filePath: outputPath))
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = URL(filePath: directory)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    /// This program again, with other arguments.
    static func itself(_ arguments: [String], in directory: String) throws -> ServerChild {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return try ServerChild([program] + arguments, in: directory)
    }

    var identifier: Int32 { process.processIdentifier }

    /// Waits until `port` takes connections.
    func waitUntilListening(port: Int) throws {
        try wait("port \(port) takes no connections") { (try? LoadSocket(port: port)) != nil }
    }

    /// Waits for a line that begins with `head`, and returns the rest of it.
    func line(after head: String) throws -> String {
        var rest: Substring?
        try wait("no line '\(head)…' came") {
            let text = (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? ""
            // The last piece may be a line that is not whole yet.
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            rest = lines.first { $0.hasPrefix(head) }?.dropFirst(head.count)
            return rest != nil
        }
        return String(rest ?? "")
    }

    private func wait(_ complaint: String, until isReady: () -> Bool) throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(30))
        while !isReady() {
            guard process.isRunning, ContinuousClock.now < deadline else {
                let text = (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? ""
                throw LoadFailure("\(complaint): \(text.suffix(500))")
            }
            usleep(20_000)
        }
    }

    func stop() {
        guard process.isRunning else { return }
        process.terminate()
        let deadline = ContinuousClock.now.advanced(by: .seconds(10))
        while process.isRunning, ContinuousClock.now < deadline { usleep(10_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// What a command prints; nil if it cannot be run or fails.
    static func printed(by command: [String]) -> String? {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A port of loopback that nobody listens on just now.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = LoadSocket.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                let bound = bind(descriptor, $0, length)
                return bound == 0 ? getsockname(descriptor, $0, &length) : bound
            }
        }
        guard status == 0 else { throw LoadFailure(call: "bind") }
        return Int(in_port_t(bigEndian: address.sin_port))
    }
}
