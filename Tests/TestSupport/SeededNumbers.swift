import Platform

/// Numbers that are the same for the same seed on every machine (SplitMix64).
public struct SeededNumbers: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// The door to randomness, with a seed behind it.
public final class SeededRandomness: Randomness {
    private let numbers: Lock<SeededNumbers>

    public init(seed: UInt64) { numbers = Lock(SeededNumbers(seed: seed)) }

    public func bytes(_ count: Int) -> [UInt8] {
        numbers.withLock { numbers in
            (0..<count).map { _ in UInt8(truncatingIfNeeded: numbers.next()) }
        }
    }
}
