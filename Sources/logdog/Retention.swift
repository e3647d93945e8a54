import ArgumentParser
import LogDogClient

/// Watches and steers how entries of archived streams leave a server's journal.
struct Retention: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch and steer how archived entries leave the journal of a server.",
        discussion: "Needs an administrator's token, unless the server is open.",
        subcommands: [Plan.self, Status.self, Pause.self, Resume.self, Look.self])

    /// Which server, and a request to it.
    struct Order: ParsableArguments {
        @OptionGroup var server: ServerOption

        func send(_ isOrder: Bool, _ name: String) async throws {
            let client = HTTPClient(try server.address())
            let answer: HTTPAnswer
            do throws(ClientFailure) {
                answer = try await client.send(
                    isOrder ? .POST : .GET, "/admin/v1/rewriting\(name)",
                    headers: [("Content-Type", "application/json")])
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
            abstract: "Print what would be rewritten now, and what would be left; changes nothing.")
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
            abstract: "Let it stand still where it is, until it is resumed or the server starts.")
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
}
