import ArgumentParser
import Foundation
import LogDogClient
import LogDogModel

/// Which server a client command talks to.
struct ServerOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server's URL.",
            discussion: "By default LOGDOG_COORDINATOR_HOST, else http://127.0.0.1:8080."))
    var server: String?

    @Option(
        help: ArgumentHelp(
            "A file with the bearer token to send.",
            discussion: "By default the token in LOGDOG_TOKEN, if there is one."))
    var tokenFile: String?

    func address() throws -> ServerAddress {
        let text =
            server ?? ProcessInfo.processInfo.environment["LOGDOG_COORDINATOR_HOST"]
            ?? "http://127.0.0.1:8080"
        guard var address = ServerAddress(text) else {
            throw ValidationError("--server takes http://HOST:PORT, not \(text)")
        }
        address.token = try token()
        return address
    }

    private func token() throws -> String? {
        let environment = ProcessInfo.processInfo.environment["LOGDOG_TOKEN"]
        guard let tokenFile else { return environment.flatMap { $0.isEmpty ? nil : $0 } }
        let text: String
        do {
            text = try String(contentsOfFile: tokenFile, encoding: .utf8)
        } catch {
            throw CommandFailure(.inputOutput, "the token file \(tokenFile) cannot be read")
        }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty, !token.contains(where: { $0.isWhitespace || !$0.isASCII }) else {
            throw ValidationError("\(tokenFile) holds no token: one line without spaces")
        }
        return token
    }
}

/// The stream that a command is about.
struct StreamArgument: ParsableArguments {
    @Argument(help: "PROJECT/PREFIX/+/NAME")
    var stream: String

    func address() throws -> LogDogModel.StreamAddress {
        do throws(NameError) {
            return try StreamAddress(parsing: stream)
        } catch {
            throw ValidationError("\(stream) is not PROJECT/PREFIX/+/NAME: \(error)")
        }
    }
}

/// Standard output of commands that print logs.
enum StandardOutput {
    /// A reader that has gone is not an error: the program ends quietly.
    static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { exit(0) }
            rest = rest.dropFirst(count)
        }
    }

    static func note(_ text: String) {
        FileHandle.standardError.write(Data("logdog: \(text)\n".utf8))
    }
}

extension CommandFailure {
    /// The exit code of a failed client: 5 if the server is not there, 1 if it
    /// refused, 2 if entries are missing.
    init(_ failure: ClientFailure) {
        switch failure {
        case .unreachable: self.init(.inputOutput, "\(failure)")
        case .refused, .illFormed: self.init(.refused, "\(failure)")
        case .missing: self.init(.damageFound, "\(failure)")
        }
    }
}
