import Platform
import ServiceConfiguration

/// Fetches bytes from a URL; given by whoever has an HTTP client.
package typealias KeyFetch = @Sendable (_ url: String) async throws -> [UInt8]

/// The keys of one issuer: as configured, or fetched and fetched again.
actor IssuerKeys {
    /// Tokens with keys that are not known make keys be fetched this often at most.
    private static let impatience = Duration.seconds(30)

    private let settings: IssuerSettings
    private let fetch: KeyFetch
    private let clock: any Clock
    private var keys: KeySet?
    private var lastTried: Duration?
    private var isFetching = false

    init(_ settings: IssuerSettings, keys: KeySet?, fetch: @escaping KeyFetch, clock: any Clock) {
        self.settings = settings
        self.keys = keys
        self.fetch = fetch
        self.clock = clock
    }

    /// The key set, fetched anew if it does not have the key and has not just been fetched.
    func set(with id: String) async -> KeySet? {
        if let keys, keys.has(id) { return keys }
        if since(lastTried) >= Self.impatience { await fetchAgain() }
        return keys
    }

    /// Fetches keys that have become old; for a task that looks regularly.
    ///
    /// - Returns: what went wrong; the old keys stay then.
    @discardableResult
    func refresh() async -> String? {
        guard since(lastTried) >= (keys == nil ? Self.impatience : settings.refresh) else {
            return nil
        }
        return await fetchAgain()
    }

    @discardableResult
    private func fetchAgain() async -> String? {
        guard case .url(let url) = settings.keys, !isFetching else { return nil }
        isFetching = true
        lastTried = clock.monotonic()
        defer { isFetching = false }
        do {
            keys = try await KeySet(fetch(url))
            return nil
        } catch let error as KeySet.Unusable {
            return "the keys of \(settings.issuer): \(error)"
        } catch {
            return "the keys of \(settings.issuer) cannot be fetched: \(error)"
        }
    }

    private func since(_ moment: Duration?) -> Duration {
        moment.map { clock.monotonic() - $0 } ?? .seconds(1 << 40)
    }
}
