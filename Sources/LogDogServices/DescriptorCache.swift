import LogDogModel
import Platform

/// Descriptors that have come before, checked: most bundles of a stream repeat the same bytes.
///
/// To decode one, check it and hash its names takes some microseconds, more than all else that is
/// done for a single entry.
final class DescriptorCache: Sendable {
    /// Streams that send at the same time; with more of them it begins anew.
    private static let capacity = 4096
    /// Longer ones are rare and not kept: all that are take 8 MiB at most.
    private static let lengthLimit = 2048

    private struct Key: Hashable {
        let serialized: ArraySlice<UInt8>
        /// What a descriptor without a prefix is completed with.
        let prefix: String
    }

    private let descriptors = Lock<[Key: StreamDescriptor]>([:])

    /// The descriptor that a part of a bundle of `prefix` carries.
    func descriptor(
        _ serialized: ArraySlice<UInt8>, inBundleOf prefix: String
    ) throws(DescriptorError) -> StreamDescriptor {
        guard serialized.count <= Self.lengthLimit else {
            return try StreamDescriptor(serialized: serialized, inBundleOf: prefix)
        }
        let key = Key(serialized: serialized, prefix: prefix)
        if let known = descriptors.withLock({ $0[key] }) { return known }
        let descriptor = try StreamDescriptor(serialized: serialized, inBundleOf: prefix)
        // A copy of its own: the slice would keep the whole bundle.
        let kept = Key(serialized: Array(serialized)[...], prefix: prefix)
        descriptors.withLock { descriptors in
            if descriptors.count >= Self.capacity { descriptors = [:] }
            descriptors[kept] = descriptor
        }
        return descriptor
    }
}
