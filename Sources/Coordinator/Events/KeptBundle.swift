import ByteCoding

/// A bundle of a Butler as it deflated it, and where the entries lie in it once inflated.
///
/// Its bytes are stored as they came: they are not deflated a second time. It holds the prefix
/// secret, so that nothing prints it.
package struct KeptBundle: Hashable, Sendable {
    /// Smaller ones deflate better together with their neighbours (at 4 KiB a third is lost).
    package static let leastLength = 8 << 10
    /// What somebody who reads a single entry may have to inflate at most.
    package static let mostLength = 256 << 10

    /// A zlib stream that inflates to a serialized `ButlerLogBundle`.
    package let deflated: ArraySlice<UInt8>
    /// Of the part with the entries, a serialized `ButlerLogBundle.Entry`, in the inflated bundle.
    package let part: Range<Int>

    /// Nil if the bundle is not worth keeping, or too large to be read again and again.
    ///
    /// - Parameters:
    ///   - inflatedLength: of the whole bundle.
    ///   - part: where its only part lies in it.
    package init?(deflated: ArraySlice<UInt8>, inflatedLength: Int, part: Range<Int>) {
        guard (Self.leastLength...Self.mostLength).contains(inflatedLength) else { return nil }
        self.init(deflated: deflated, part: part)
    }

    init(deflated: ArraySlice<UInt8>, part: Range<Int>) {
        self.deflated = deflated
        self.part = part
    }
}

/// Why the entries of a kept bundle cannot be read.
package enum KeptBundleError: Error, Hashable, Sendable {
    case deflate(DeflateError)
    case wire(ByteError)
    /// The inflated bundle ends before its part does.
    case outside
}

extension KeptBundle {
    /// `LogEntry`s are this field of the part.
    private static let logsField: UInt64 = 5

    /// The prefix secret is this field of the bundle.
    private static let secretField: UInt64 = 6

    /// All of the bundle, inflated, with every byte of the prefix secret replaced by `mask`.
    package func inflated(maskingSecretBy mask: UInt8) throws(KeptBundleError) -> [UInt8] {
        var inflated = try inflated()
        do throws(ByteError) {
            var scanner = WireScanner(inflated[...])
            var secrets: [Range<Int>] = []
            while let field = try scanner.next() {
                guard field.number == Self.secretField, case .bytes(let secret) = field.value else {
                    continue
                }
                secrets.append(secret.indices)
            }
            for index in secrets.joined() { inflated[index] = mask }
        } catch {
            throw .wire(error)
        }
        return inflated
    }

    private func inflated() throws(KeptBundleError) -> [UInt8] {
        var inflated: [UInt8] = []
        do throws(DeflateError) {
            try Inflater().inflate(deflated, into: &inflated, limit: Self.mostLength)
        } catch {
            throw .deflate(error)
        }
        return inflated
    }

    /// The serialized entries, in order. Cost: inflates all of the bundle.
    package func entries() throws(KeptBundleError) -> [ArraySlice<UInt8>] {
        let inflated = try inflated()
        guard part.lowerBound >= 0, part.upperBound <= inflated.count else { throw .outside }
        var entries: [ArraySlice<UInt8>] = []
        do throws(ByteError) {
            var scanner = WireScanner(inflated[part])
            while let field = try scanner.next() {
                guard field.number == Self.logsField, case .bytes(let entry) = field.value else {
                    continue
                }
                entries.append(entry)
            }
        } catch {
            throw .wire(error)
        }
        return entries
    }
}
