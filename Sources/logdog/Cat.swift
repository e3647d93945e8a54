import ArgumentParser
import LogDogClient

/// Prints a stream from an index to its end, waiting for what is still to come.
struct Cat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a stream to its end, waiting for what is still to come.")

    @OptionGroup var server: ServerOption
    @OptionGroup var argument: StreamArgument

    @Option(help: "The stream index to begin at.")
    var index = 0

    @Option(help: "Stop after this many entries.")
    var count: Int?

    @Flag(help: "The bytes as they were: line endings kept, nothing rendered.")
    var raw = false

    func validate() throws {
        guard index >= 0 else { throw ValidationError("--index is 0 or more") }
        guard count.map({ $0 > 0 }) ?? true else { throw ValidationError("--count is 1 or more") }
    }

    func run() async throws {
        let fetcher = LogFetcher(PRPCClient(try server.address()), try argument.address())
        var renderer = LogRenderer(isRaw: raw)
        do {
            try await fetcher.entries(from: Int64(index), count: count) {
                StandardOutput.note("waiting for the stream to be registered")
            } _: { entries in
                var output: [UInt8] = []
                for entry in entries { renderer.append(entry, to: &output) }
                StandardOutput.write(output)
            }
        } catch let failure as ClientFailure {
            throw CommandFailure(failure)
        }
    }
}
