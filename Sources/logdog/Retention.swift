import ArgumentParser
import Foundation
import LogDogClient

/// Watches and steers how streams that were kept for long enough leave a server, and how what
/// nobody wants leaves its journal.
struct Retention: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch and steer what leaves a server: old streams, and archived entries.",
        discussion: "Needs an administrator's token, unless the server is open.",
        subcommands: [
            Plan.self, Status.self, Pause.self, Resume.self, Look.self, Hold.self, Release.self,
        ])

    /// Which server, and a request to it.
    struct Order: ParsableArguments {
        @OptionGroup var server: ServerOption

        func send(_ isOrder: Bool, _ name: String, body: [UInt8] = []) async throws {
            let client = HTTPClient(try server.address())
            let answer: HTTPAnswer
            do throws(ClientFailure) {
                answer = try await client.send(
                    isOrder ? .POST : .GET, "/admin/v1/retention\(name)",
                    headers: [("Content-Type", "application/json")], body: body)
            } catch {
                throw CommandFailure(error)
            }
            guard answer.status == 200 else {
                throw CommandFailure(.refused, String(decoding: answer.body, as: UTF8.self))
            }
            StandardOutput.write(answer.body)
        }
    }

    /// A dry run.
    struct Plan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print what would leave now, by project and segment; changes nothing.")
        @OptionGroup var order: Order
        func run() async throws { try await order.send(false, "/plan") }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print what it is doing, what it has done and its last failure.")
        @OptionGroup var order: Order
        func run() async throws { try await order.send(false, "") }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let it stand still where it is until it is resumed, also across restarts.")
        @OptionGroup var order: Order
        func run() async throws { try await order.send(true, "/pause") }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let it go on.")
        @OptionGroup var order: Order
        func run() async throws { try await order.send(true, "/resume") }
    }

    struct Look: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let it look for work now, and wait for the end of it.")
        @OptionGroup var order: Order
        func run() async throws { try await order.send(true, "/look") }
    }

    /// Which prefix is put on hold, or is no longer.
    struct Target: ParsableArguments {
        @OptionGroup var order: Order
        @Argument(help: "PROJECT/PREFIX")
        var prefix: String

        func send(held: Bool) async throws {
            guard let slash = prefix.firstIndex(of: "/"), slash > prefix.startIndex else {
                throw ValidationError("\(prefix) is not PROJECT/PREFIX")
            }
            struct Body: Encodable {
                var project: String
                var prefix: String
                var held: Bool
            }
            let body = Body(
                project: String(prefix[..<slash]),
                prefix: String(prefix[prefix.index(after: slash)...]), held: held)
            try await order.send(true, "/hold", body: Array(try JSONEncoder().encode(body)))
        }
    }

    struct Hold: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a prefix on legal hold: nothing of it leaves, nobody deletes it.")
        @OptionGroup var target: Target
        func run() async throws { try await target.send(held: true) }
    }

    struct Release: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a legal hold away.")
        @OptionGroup var target: Target
        func run() async throws { try await target.send(held: false) }
    }
}
