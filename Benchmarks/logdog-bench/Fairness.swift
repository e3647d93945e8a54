import AccessControl
import ArgumentParser
import ButlerProtocol
import ByteCoding
import Coordinator
import Foundation
import LogDogProtos
import LogDogServices
import Platform
import ServiceConfiguration
import SwiftProtobuf

/// What one project's flood does to another's latency, in process, with and without limits.
struct Fairness: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A quiet project's latency while another one floods.")

    @OptionGroup var output: OutputOptions

    @Option(help: "Seconds that each case runs.")
    var seconds = 2.0

    /// Entries a second that the flooding project may write where it is limited.
    @Option(help: "The limit of the flooding project, in entries a second.")
    var limit: Int64 = 20_000

    private static let floodProducers = 16
    private static let entriesPerBundle = 64

    /// How a flood behaves.
    private enum Flood: String, CaseIterable {
        case none = "alone"
        case unlimited = "beside a flood without limits"
        case heeding = "beside a limited flood that heeds the pause"
        case stubborn = "beside a limited flood that tries again every millisecond"
    }

    func run() async throws {
        var alone: [Double] = []
        for flood in Flood.allCases {
            let (latencies, taken) = try await measure(flood)
            let figures = [50.0, 99.0].map { latencies.percentile($0) }
            if flood == .none { alone = figures }
            for (number, name) in ["p50", "p99"].enumerated() {
                Figure(
                    bench: "fairness", name: "\(flood.rawValue): \(name)", value: figures[number],
                    unit: "ms", limit: flood == .none ? nil : "the same alone",
                    ratio: flood == .none ? nil : figures[number] / alone[number]
                ).print(asJSON: output.json)
            }
            guard flood != .none else { continue }
            Figure(
                bench: "fairness", name: "\(flood.rawValue): flood",
                value: Double(taken * Self.entriesPerBundle) / seconds, unit: "entries/s"
            ).print(asJSON: output.json)
        }
    }

    private func measure(_ flood: Flood) async throws -> (Latencies, Int) {
        let engine = try await BenchEngine.temporary()
        var limits = LimitSettings()
        if flood == .heeding || flood == .stubborn {
            limits.projects["flood"] = RateSettings()
            limits.projects["flood"]?.rates[.entries] = Rate(perSecond: limit, burst: limit / 10)
        }
        let context = ServiceContext(
            readModel: engine.store.readModel, processor: engine.store.processor,
            authority: OpenAuthority(), limiter: RateLimiter(limits, clock: SystemClock()),
            timers: TimerOverrides(), clock: SystemClock(), randomness: SystemRandomness(),
            dialect: .current, cursor: QueryCursor(key: [UInt8](repeating: 1, count: 32)))
        let quiet = try await messages(
            "quiet", producers: 1, count: Int(seconds * 5000), entries: 1, context)
        let loud = try await messages(
            "flood", producers: flood == .none ? 0 : Self.floodProducers, count: 1500,
            entries: Self.entriesPerBundle, context)
        let ingest = BundleIngest(context)
        let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
        let result = await withTaskGroup(of: (Latencies, Int).self) { group in
            for own in quiet {
                group.addTask { (await Self.send(own, ingest, until: deadline), 0) }
            }
            for own in loud {
                group.addTask {
                    let heeds = flood != .stubborn
                    let taken = await Self.flood(own, ingest, heeds: heeds, until: deadline)
                    return (Latencies(), taken)
                }
            }
            var latencies = Latencies()
            var taken = 0
            for await (own, count) in group {
                if count == 0 { latencies = own.isEmpty ? latencies : own }
                taken += count
            }
            return (latencies, taken)
        }
        try await engine.remove()
        return result
    }

    private func messages(
        _ project: String, producers: Int, count: Int, entries: Int, _ context: ServiceContext
    ) async throws -> [[BundleMessage]] {
        var claim = Logdog_RegisterPrefixRequest()
        claim.project = project
        claim.prefix = ButlerMessages.prefix
        let reply = try await RegistrationService(context).registerPrefix(claim, .anonymous)
        let maker = ButlerMessages(
            project: project, secret: [UInt8](reply.secret), seed: output.seed,
            entriesPerBundle: entries, deflates: true)
        return try maker.make(producers: producers, count: count).map { messages in
            try messages.map { bytes in
                var reader = ByteReader(bytes)
                guard let message = try BundleMessage.next(from: &reader, Inflater()) else {
                    throw LoadFailure("a message of the benchmark is not whole")
                }
                return message
            }
        }
    }

    /// One bundle after another, two milliseconds apart; none is refused.
    private static func send(
        _ messages: [BundleMessage], _ ingest: BundleIngest, until end: ContinuousClock.Instant
    ) async -> Latencies {
        var latencies = Latencies()
        for message in messages where ContinuousClock.now < end {
            let started = ContinuousClock.now
            let outcome = await ingest.ingest(message, from: .anonymous)
            precondition(outcome.accepted == 1, "a quiet project is not refused: \(outcome)")
            latencies.add(started.duration(to: .now))
            do { try await Task.sleep(for: .milliseconds(2)) } catch { break }
        }
        return latencies
    }

    /// As fast as it goes, again and again; returns how many bundles were taken.
    private static func flood(
        _ messages: [BundleMessage], _ ingest: BundleIngest, heeds: Bool,
        until end: ContinuousClock.Instant
    ) async -> Int {
        var taken = 0
        while true {
            for message in messages {
                guard ContinuousClock.now < end else { return taken }
                let outcome = await ingest.ingest(message, from: .anonymous)
                guard let pause = outcome.retryAfter else {
                    taken += 1
                    continue
                }
                let wait = heeds ? pause : .milliseconds(1)
                do { try await Task.sleep(for: min(wait, .seconds(1))) } catch { return taken }
            }
        }
    }
}
