/// The secret of a prefix: what a bundle must carry to be taken.
///
/// Its description masks it; it is compared in constant time.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// In bytes.
    package static let length = 36

    /// For encoding and for the registrar's reply; never for text.
    package let bytes: [UInt8]

    /// Takes exactly 36 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = bytes
    }

    /// Whether `other` is this secret; takes the same time wherever they differ.
    package func matches(_ other: [UInt8]) -> Bool {
        guard other.count == bytes.count else { return false }
        var difference: UInt8 = 0
        for index in bytes.indices { difference |= bytes[index] ^ other[index] }
        return difference == 0
    }

    /// The same for every secret.
    package var description: String { "<secret>" }
    /// Empty, so that `dump` shows nothing either.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
