import Foundation
import Platform

/// A child process of the demonstration whose standard output is collected while it runs.
///
/// Standard error goes where ours goes unless it is collected too.
final class ChildProcess: Sendable {
    /// What the child has written so far, and how it ended.
    private struct Progress {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var openPipes = 0
        var exitCode: Int32?
        /// Counts changes, so that one between a look and the wait for the next is not missed.
        var version = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    let processIdentifier: Int32
    private let progress: Lock<Progress>

    /// Starts `executable`.
    ///
    /// - Parameter onOutput: called with each piece of standard output, on a thread of its own.
    init(
        _ executable: String, _ arguments: [String], collectErrors: Bool = false,
        onOutput: @escaping @Sendable ([UInt8]) -> Void = { _ in }
    ) throws {
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        let errors = Pipe()
        if collectErrors { process.standardError = errors }
        process.standardInput = FileHandle.nullDevice

        let progress = Lock(Progress())
        self.progress = progress
        progress.withLock { $0.openPipes = collectErrors ? 2 : 1 }
        process.terminationHandler = { process in
            let code =
                process.terminationReason == .exit
                ? process.terminationStatus : 128 + process.terminationStatus
            Self.update(progress) { $0.exitCode = code }
        }
        try process.run()
        processIdentifier = process.processIdentifier
        Self.drain(output, into: progress) { state, bytes in
            state.output += bytes
        } then: {
            onOutput($0)
        }
        if collectErrors {
            Self.drain(errors, into: progress) { state, bytes in
                state.errors += bytes
            } then: { _ in
            }
        }
    }

    var output: [UInt8] { progress.withLock { $0.output } }
    var errors: [UInt8] { progress.withLock { $0.errors } }

    /// The exit code, 128+n after a signal, once the child has ended and its output is read.
    func exitCode() async -> Int32 {
        while true {
            let (code, version) = progress.withLock {
                ($0.openPipes == 0 ? $0.exitCode : nil, $0.version)
            }
            if let code { return code }
            await change(after: version)
        }
    }

    /// Waits until `condition` holds of the standard output so far, or the child has ended.
    func waitForOutput(_ condition: ([UInt8]) -> Bool) async -> Bool {
        while true {
            let (output, ended, version) = progress.withLock {
                ($0.output, $0.openPipes == 0 && $0.exitCode != nil, $0.version)
            }
            if condition(output) { return true }
            if ended { return false }
            await change(after: version)
        }
    }

    func send(signal: Int32) { kill(processIdentifier, signal) }

    private func change(after version: Int) async {
        await withCheckedContinuation { continuation in
            let missed = progress.withLock { state in
                guard state.version == version else { return true }
                state.waiters.append(continuation)
                return false
            }
            if missed { continuation.resume() }
        }
    }

    private static func update(
        _ progress: Lock<Progress>, _ change: (inout Progress) -> Void
    ) {
        let waiters = progress.withLock { state in
            change(&state)
            state.version += 1
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private static func drain(
        _ pipe: Pipe, into progress: Lock<Progress>,
        _ store: @escaping @Sendable (inout Progress, [UInt8]) -> Void,
        then report: @escaping @Sendable ([UInt8]) -> Void
    ) {
        let handle = pipe.fileHandleForReading
        let thread = Thread {
            while true {
                let bytes = [UInt8](handle.availableData)
                if bytes.isEmpty { break }
                report(bytes)
                update(progress) { store(&$0, bytes) }
            }
            update(progress) { $0.openPipes -= 1 }
        }
        thread.start()
    }
}
