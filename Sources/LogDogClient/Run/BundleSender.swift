import ButlerProtocol
import LogDogProtos
import Platform

/// Sends the streams of a command in bundles, one at a time, until everything is acknowledged.
///
/// What is not acknowledged stays in memory, up to a bound; at the bound those who read the
/// command's output wait, and so does the command.
package final class BundleSender: Sendable {
    package struct Claim: Sendable {
        package let project: String
        package let prefix: String
        package let secret: [UInt8]

        package init(project: String, prefix: String, secret: [UInt8]) {
            self.project = project
            self.prefix = prefix
            self.secret = secret
        }
    }

    /// How a message was taken.
    package enum Delivery: Sendable {
        case accepted
        /// Refused for good.
        case dropped(String)
        /// To be sent again.
        case again(String)
    }

    private struct State {
        var streams: [OutgoingStream]
        /// Bytes that were read and are not acknowledged.
        var pending = 0
        var prefixIndex: UInt64 = 0
        var dropped: [String] = []
    }

    /// A line is cut once it has waited this long for its end.
    private static let cutAfter = Duration.milliseconds(400)
    /// How long what was read waits for more before it is sent.
    private static let gather = Duration.milliseconds(100)
    private static let bundleTarget = 1 << 20
    private static let longestPause = Duration.seconds(2)

    private let claim: Claim
    private let bound: Int
    private let clock: any Clock
    private let deliver: @Sendable ([UInt8]) async -> Delivery
    private let pause: @Sendable (Duration) async throws -> Void
    private let state: Monitor<State>

    /// - Parameters:
    ///   - bound: bytes that may wait for an acknowledgement.
    ///   - deliver: sends a message once.
    package init(
        _ claim: Claim, streams names: [String], bound: Int, clock: any Clock,
        pause: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        },
        deliver: @escaping @Sendable ([UInt8]) async -> Delivery
    ) {
        self.claim = claim
        self.bound = bound
        self.clock = clock
        self.pause = pause
        self.deliver = deliver
        let started = clock.wall()
        state = Monitor(State(streams: names.map { OutgoingStream(name: $0, started: started) }))
    }

    /// Takes bytes of stream number `stream`. Blocks while the bound is reached.
    package func append(_ bytes: ArraySlice<UInt8>, to stream: Int) {
        let time = clock.wall()
        state.wait { state -> Void? in
            guard state.pending == 0 || state.pending + bytes.count <= bound else { return nil }
            state.pending += bytes.count
            state.streams[stream].append(bytes, at: time)
            return ()
        }
    }

    /// Nothing more comes of stream number `stream`.
    package func close(_ stream: Int) { state.update { $0.streams[stream].close() } }

    /// What was refused for good, for the person who runs the command.
    package var dropped: [String] { state.look { $0.dropped } }

    /// Sends until all streams are closed and acknowledged. Ends early when it is cancelled.
    package func run() async {
        let writer = Box(BundleWriter())
        while !Task.isCancelled {
            guard let (bundle, size, isLast) = nextBundle() else { return }
            if let bundle {
                await send(bundle, writer.value)
                state.update { $0.pending -= min($0.pending, size) }
            } else if !isLast {
                do { try await pause(Self.gather) } catch { return }
            }
        }
    }

    /// Nil once everything is sent; no bundle if there is nothing to send just now.
    private func nextBundle() -> (bundle: Logpb_ButlerLogBundle?, size: Int, isLast: Bool)? {
        let now = clock.wall()
        return state.look { state in
            guard !state.streams.allSatisfy(\.isFinished) else { return nil }
            var bundle = Logpb_ButlerLogBundle()
            for index in state.streams.indices {
                let part = state.streams[index].pack(
                    limit: Self.bundleTarget, prefixIndex: &state.prefixIndex
                ) { now.since($0) >= Self.cutAfter }
                if let part { bundle.entries.append(part) }
            }
            guard !bundle.entries.isEmpty else {
                return (nil, 0, state.streams.allSatisfy(\.isFinished))
            }
            bundle.project = claim.project
            bundle.prefix = claim.prefix
            bundle.secret = .init(claim.secret)
            bundle.timestamp = .init(
                seconds: now.microseconds / 1_000_000,
                nanos: Int32(now.microseconds % 1_000_000) * 1000)
            return (bundle, Self.contentSize(of: bundle), false)
        }
    }

    /// The bytes of output that a bundle stands for.
    private static func contentSize(of bundle: Logpb_ButlerLogBundle) -> Int {
        bundle.entries.reduce(0) { sum, part in
            part.logs.reduce(sum) { sum, log in
                log.text.lines.reduce(sum) { $0 + $1.value.count + $1.delimiter.utf8.count }
            }
        }
    }

    private func send(_ bundle: Logpb_ButlerLogBundle, _ writer: BundleWriter) async {
        let message: [UInt8]
        do throws(BundleError) {
            message = try writer.message(bundle)
        } catch {
            state.look { $0.dropped.append("a bundle could not be made: \(error)") }
            return
        }
        var wait = Duration.milliseconds(100)
        while !Task.isCancelled {
            switch await deliver(message) {
            case .accepted: return
            case .dropped(let reason):
                state.look { $0.dropped.append(reason) }
                return
            case .again: break
            }
            do { try await pause(wait) } catch { return }
            wait = min(wait * 2, Self.longestPause)
        }
    }
}

/// `@unchecked Sendable`: used by the one task that runs the sender.
private final class Box<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}
