#if canImport(Glibc)
    import Glibc
#endif

/// A command that runs as a child, with its standard output and standard error in pipes of ours.
package final class ChildCommand: Sendable {
    package let processIdentifier: pid_t
    /// Read ends.
    package let output: Int32
    package let errors: Int32

    private init(processIdentifier: pid_t, output: Int32, errors: Int32) {
        self.processIdentifier = processIdentifier
        self.output = output
        self.errors = errors
    }

    /// Why a command did not start.
    package struct StartFailure: Error {
        /// The system's error number.
        package let code: Int32
    }

    /// Starts a command, found as a shell finds it; standard input is ours.
    package static func start(
        _ arguments: [String], environment: [String: String]
    ) throws(StartFailure) -> ChildCommand {
        guard let program = arguments.first else { throw StartFailure(code: ENOENT) }
        let output = try pipe()
        let errors = try pipe()
        defer {
            close(output.write)
            close(errors.write)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output.write, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errors.write, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // We ignore interrupts while the child runs; the child must not inherit that.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        // We may be on a worker thread that blocks signals; the child must not inherit that either.
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        var argv = arguments.map { strdup($0) } + [nil]
        var envp =
            environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") }
            + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var identifier = pid_t()
        let status = posix_spawnp(&identifier, program, &actions, &attributes, &argv, &envp)
        guard status == 0 else {
            close(output.read)
            close(errors.read)
            throw StartFailure(code: status)
        }
        return ChildCommand(
            processIdentifier: identifier, output: output.read, errors: errors.read)
    }

    /// Blocks until the command has ended: its exit code, or 128+n after signal n.
    package func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(processIdentifier, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    package func send(signal: Int32) { kill(processIdentifier, signal) }

    /// Ends are closed in children, but for the copies that are made for them.
    private static func pipe() throws(StartFailure) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw StartFailure(code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
