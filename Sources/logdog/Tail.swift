import ArgumentParser
import LogDogClient

/// Prints the last entry of a stream, or follows it.
struct Tail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the last entry of a stream, or with --follow all of it as it grows.")

    @OptionGroup var server: ServerOption
    @OptionGroup var argument: StreamArgument

    @Flag(help: "Print everything from the start and go on until the stream ends.")
    var follow = false

    func run() async throws {
        let server = try server.address()
        let address = try argument.address()
        do {
            if follow {
                try await TailFollower(server, address).follow(isPatient: false) {
                    StandardOutput.note("the connection was lost; trying again")
                } _: { entry in
                    var output: [UInt8] = []
                    var renderer = LogRenderer(isRaw: true)
                    renderer.append(entry, to: &output)
                    StandardOutput.write(output)
                }
            } else if let entry = try await LogFetcher(PRPCClient(server), address).latest() {
                var output: [UInt8] = []
                var renderer = LogRenderer(isRaw: false)
                renderer.append(entry, to: &output)
                StandardOutput.write(output)
            }
        } catch let failure as ClientFailure {
            throw CommandFailure(failure)
        }
    }
}
