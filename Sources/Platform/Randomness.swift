/// The door to randomness; cryptographic in its real form.
public protocol Randomness: Sendable {
    /// `count` fresh bytes.
    func bytes(_ count: Int) -> [UInt8]
}

/// The random source of the operating system.
public struct SystemRandomness: Randomness {
    public init() {}

    public func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
