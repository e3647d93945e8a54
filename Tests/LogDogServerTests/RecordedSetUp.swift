import AccessControl
import Foundation
import LogDogModel
import LogDogServer
import Logging
import ServiceConfiguration
import TestSupport

/// A server with the set-up that the recordings of the original assume (`corpus/README.md`).
struct RecordedSetUp {
    let server: LogDogServer
    let clock: ManualClock
    private let directory: URL

    var client: LoopbackClient { LoopbackClient(port: server.port) }

    /// Where the server keeps everything.
    var data: String { directory.path }

    init(
        _ dialect: Dialect = .current, log: Logger = Logger(label: "test"),
        _ adjust: (inout ServerOptions) async throws -> Void = { _ in }
    ) async throws {
        directory = FileManager.default.temporaryDirectory
            .appending(path: "logdog-recorded-\(UUID().uuidString)")
        clock = ManualClock()
        var options = ServerOptions(data: directory.path)
        options.port = 0
        options.ingest = .tcp(host: "127.0.0.1", port: 0)
        options.clock = clock
        options.randomness = SeededRandomness(seed: 1)
        options.dialect = dialect
        options.authority = Self.authority(dialect)
        try await adjust(&options)
        server = try await LogDogServer.start(options, log: log)
    }

    /// One project; create, get and list allowed in three realms; everyone is administrator and
    /// service.
    static func authority(_ dialect: Dialect) -> FixedAuthority {
        var service = ServiceSettings(
            prefixWindow: .seconds(86_400), bundleTopic: "projects/logdog/topics/bundles")
        if dialect == .classic {
            service.settleDelay = .seconds(5)
            service.completePeriod = .seconds(86_400)
        }
        return FixedAuthority(
            projects: ["proj-foo": ProjectSettings()], service: service,
            permissions: Dictionary(
                ["some-realm", "@legacy", "@root"].map {
                    ("proj-foo:\($0)", [.createPrefixes, .readLogs, .listLogs])
                }, uniquingKeysWith: { first, _ in first }),
            everyoneAdministrates: true, everyoneIsService: true)
    }

    func advance(by duration: Duration) async {
        clock.advance(by: duration)
        await server.fireDue()
    }

    func stop() async throws {
        await server.stop()
        try FileManager.default.removeItem(at: directory)
    }
}
