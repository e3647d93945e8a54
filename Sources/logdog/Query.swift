import ArgumentParser
import LogDogClient
import SwiftProtobuf

/// Lists the streams that match a path expression.
struct Query: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the streams of a prefix that match a glob.")

    @OptionGroup var server: ServerOption

    @Argument(help: "PROJECT/PREFIX, or PROJECT/PREFIX/+/GLOB with * and **")
    var path: String

    @Flag(help: "One JSON object a line, with state and descriptor.")
    var json = false

    @Option(help: "Stop after this many.")
    var limit: Int?

    func run() async throws {
        guard let slash = path.firstIndex(of: "/") else {
            throw ValidationError("\(path) is not PROJECT/PREFIX")
        }
        let project = String(path[..<slash])
        let finder = StreamFinder(PRPCClient(try server.address()))
        do {
            try await finder.streams(
                of: project, matching: String(path[path.index(after: slash)...]),
                withState: json, limit: limit
            ) { streams in
                var output: [UInt8] = []
                for stream in streams {
                    output +=
                        json
                        ? try stream.jsonUTF8Bytes() as [UInt8]
                        : Array("\(project)/\(stream.path)".utf8)
                    output.append(0x0a)
                }
                StandardOutput.write(output)
            }
        } catch let failure as ClientFailure {
            throw CommandFailure(failure)
        }
    }
}
