import Foundation
import LogDogModel
import LogDogProtos
import Platform

/// Runs a command and streams its output to a server: what `logdog run` does.
package struct CommandRunner: Sendable {
    /// The exit code of a command that could not be started, as a Butler has it.
    package static let couldNotStart: Int32 = 250
    /// Bytes of output that may wait for an acknowledgement before the command has to wait.
    package static let usualBound = 64 << 20

    package var server: ServerAddress
    package var project: String
    package var prefix: String
    /// The names of the two streams.
    package var streams: (output: String, errors: String)
    package var bound = usualBound
    /// How long the rest may take to be acknowledged once the command has ended.
    package var drain = Duration.seconds(60)
    package var clock: any Clock = SystemClock()
    package var randomness: any Randomness = SystemRandomness()
    /// Told what the person at the terminal should know.
    package var say: @Sendable (String) -> Void = { _ in }

    package init(
        server: ServerAddress, project: String, prefix: String,
        streams: (output: String, errors: String)
    ) {
        self.server = server
        self.project = project
        self.prefix = prefix
        self.streams = streams
    }

    /// The exit code of the command.
    package func run(_ arguments: [String]) async throws(ClientFailure) -> Int32 {
        let claim = try await register()
        say("\(server)/logs/\(project)/\(prefix)/+/\(streams.output)")
        let command: ChildCommand
        do throws(ChildCommand.StartFailure) {
            command = try ChildCommand.start(arguments, environment: environment())
        } catch {
            say("\(arguments.first ?? ""): \(systemErrorText(error.code))")
            return Self.couldNotStart
        }
        let forwarding = SignalForwarding(to: command)
        defer { forwarding.stop() }
        let http = HTTPClient(server)
        let sender = BundleSender(
            claim, streams: [streams.output, streams.errors], bound: bound, clock: clock
        ) { await Self.deliver($0, http) }
        let sending = Task { await sender.run() }
        pass(command.output, to: STDOUT_FILENO, sender, stream: 0)
        pass(command.errors, to: STDERR_FILENO, sender, stream: 1)
        let code = await withCheckedContinuation { caller in
            let waiter = Thread { caller.resume(returning: command.wait()) }
            waiter.start()
        }
        await finish(sending)
        for reason in sender.dropped { say("dropped: \(reason)") }
        return code
    }

    private func register() async throws(ClientFailure) -> BundleSender.Claim {
        var request = Logdog_RegisterPrefixRequest()
        request.project = project
        request.prefix = prefix
        request.sourceInfo = ["logdog run", "GOARCH=amd64", "GOOS=linux"]
        request.opNonce = Data(randomness.bytes(32))
        request.expiration = .init(seconds: 0, nanos: 0)
        let response: Logdog_RegisterPrefixResponse = try await PRPCClient(server)
            .call("logdog.Registration", "RegisterPrefix", request)
        return BundleSender.Claim(
            project: project, prefix: prefix, secret: Array(response.secret))
    }

    private func environment() -> [String: String] {
        var environment = ProcessInfo.processInfo.environment
        environment["LOGDOG_COORDINATOR_HOST"] = "\(server.host):\(server.port)"
        environment["LOGDOG_STREAM_PROJECT"] = project
        environment["LOGDOG_STREAM_PREFIX"] = prefix
        return environment
    }

    /// Copies a pipe to where the command thought it wrote, and to the server, on its own thread.
    private func pass(_ source: Int32, to target: Int32, _ sender: BundleSender, stream: Int) {
        let thread = Thread {
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = read(source, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                Self.write(buffer[..<count], to: target)
                sender.append(buffer[..<count], to: stream)
            }
            close(source)
            sender.close(stream)
        }
        thread.start()
    }

    /// Whoever reads our output may have gone; the command's log goes on all the same.
    private static func write(_ bytes: ArraySlice<UInt8>, to target: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(target, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func finish(_ sending: Task<Void, Never>) async {
        let limit = drain
        let say = say
        let watchdog = Task {
            do { try await Task.sleep(for: limit) } catch { return }
            say("the server did not take all of the output within \(limit)")
            sending.cancel()
        }
        await sending.value
        watchdog.cancel()
    }

    static func deliver(
        _ message: [UInt8], _ http: HTTPClient
    ) async -> BundleSender.Delivery {
        do throws(ClientFailure) {
            let answer = try await http.send(.POST, "/ingest/v1/bundles", body: message)
            let text = String(decoding: answer.body, as: UTF8.self)
            switch answer.status {
            case 200: return .accepted
            case 400..<500 where answer.status != 429: return .dropped(text)
            default: return .again(text)
            }
        } catch {
            return .again("\(error)")
        }
    }
}

/// Passes SIGTERM on to the command; SIGINT from a terminal reaches it by itself.
private final class SignalForwarding {
    private let sources: [any DispatchSourceSignal]

    init(to command: ChildCommand) {
        signal(SIGPIPE, SIG_IGN)
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { if number == SIGTERM { command.send(signal: SIGTERM) } }
            source.resume()
            return source
        }
    }

    func stop() { for source in sources { source.cancel() } }
}
