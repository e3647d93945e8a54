import AccessControl
import ArgumentParser
import Crypto
import Foundation
import Platform
import ServiceConfiguration

/// Looks at configurations.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Look at configurations, and make tokens for them.",
        subcommands: [Print.self, MakeToken.self])

    /// Shows what a configuration comes to.
    struct Print: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the effective values of a configuration; secrets are masked.")

        @Option(help: "The configuration directory.")
        var config: String

        @Flag(help: "Print one JSON object: hash and text.")
        var json = false

        func run() async throws {
            let configuration = try await CheckedConfiguration.read(config)
            let text = EffectiveText.text(of: configuration)
            guard json else { return StandardOutput.write(Array(text.utf8)) }
            let hash = configuration.hash.map { byte in
                String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }.joined()
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let line = try encoder.encode(["hash": hash, "text": text])
            StandardOutput.write(Array(line) + [UInt8(ascii: "\n")])
        }
    }

    /// Makes a bearer token.
    struct MakeToken: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "token",
            abstract: "Make a bearer token: the token on standard output, and on standard error "
                + "what to put into access.cfg for it.")

        @Argument(help: "Whom it stands for, such as service:collector.")
        var identity: String

        func run() async throws {
            let token = Data(SystemRandomness().bytes(32)).base64EncodedString()
                .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            let hash = SHA256.hash(data: Data(token.utf8)).map { byte in
                String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }.joined()
            FileHandle.standardError.write(
                Data("tokens { identity: \"\(identity)\" sha256: \"\(hash)\" }\n".utf8))
            StandardOutput.write(Array("\(token)\n".utf8))
        }
    }
}

/// A configuration directory that is read and checked without a server.
enum CheckedConfiguration {
    /// Ends the program with code 1, each problem on a line of its own, if it is no good.
    static func read(_ directory: String?) async throws -> Configuration {
        do throws(ConfigurationRefusal) {
            let configuration = try ConfigurationReader.read(
                directory ?? "", SystemFileSystem())
            // Key sets in files are part of it; those behind URLs are not fetched.
            _ = try await ConfiguredAuthority.make(configuration, clock: SystemClock()) { _ in [] }
            return configuration
        } catch {
            throw CommandFailure(.refused, "the configuration is not good:\n\(error)")
        }
    }
}
