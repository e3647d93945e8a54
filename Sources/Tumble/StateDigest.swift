/// An order-free sum of entity hashes: two states are equal when their digests are.
///
/// Adding and removing commute, so that neither order nor eviction changes it.
public struct StateDigest: Hashable, Sendable, CustomStringConvertible {
    public private(set) var low: UInt64
    public private(set) var high: UInt64

    public init(low: UInt64 = 0, high: UInt64 = 0) {
        self.low = low
        self.high = high
    }

    /// Counts in an entity by its canonical encoding.
    public mutating func add(_ encoding: [UInt8]) { self += Self.hash(encoding) }

    /// Counts out an entity that was counted in with the same encoding.
    public mutating func remove(_ encoding: [UInt8]) { self -= Self.hash(encoding) }

    public static func += (left: inout StateDigest, right: StateDigest) {
        left.low &+= right.low
        left.high &+= right.high
    }

    public static func -= (left: inout StateDigest, right: StateDigest) {
        left.low &-= right.low
        left.high &-= right.high
    }

    /// Two FNV-1a passes from different starts, each mixed at the end: it tells honest states
    /// apart and is no defence against people who choose the bytes.
    private static func hash(_ bytes: [UInt8]) -> StateDigest {
        var low: UInt64 = 0xcbf2_9ce4_8422_2325
        var high: UInt64 = 0x6c62_272e_07bb_0142
        for byte in bytes {
            low = (low ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            high = (high ^ UInt64(byte)) &* 0x9e37_79b9_7f4a_7c15
        }
        return StateDigest(low: mixed(low), high: mixed(high))
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ (value >> 33)) &* 0xff51_afd7_ed55_8ccd
        value = (value ^ (value >> 33)) &* 0xc4ce_b9fe_1a85_ec53
        return value ^ (value >> 33)
    }

    /// 32 hex digits.
    public var description: String { Self.hex(high) + Self.hex(low) }

    private static func hex(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
