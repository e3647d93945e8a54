import ByteCoding
import Platform

/// The records of a block, framed, on their way to the form that is stored.
///
/// Deflating is most of a commit's work and needs nothing but these bytes, so whichever thread is
/// free does it: the one that has promised to, else the first that asks. Another that needs the
/// result waits for it.
package final class BlockDeflation: Sendable {
    /// The bytes behind a block's header.
    struct Stored: Sendable {
        let bytes: [UInt8]
        let isDeflated: Bool
        let checksum: UInt32
    }

    private enum State {
        case framed([UInt8])
        case promised([UInt8])
        case inWork
        case stored(Stored)
    }

    /// Bytes before they are deflated.
    let length: Int
    private let state: Monitor<State>

    init(framed bytes: [UInt8]) {
        length = bytes.count
        state = Monitor(.framed(bytes))
    }

    /// Bytes that a client has deflated are stored as they are.
    init(kept bytes: [UInt8]) {
        length = bytes.count
        state = Monitor(
            .stored(Stored(bytes: bytes, isDeflated: false, checksum: crc32(bytes[...]))))
    }

    /// Says that a thread with nothing else to do is about to deflate it: `stored` waits for that one.
    ///
    /// If the disk's thread began while the other one wakes up, it would do so on the writer's core.
    package func promise() {
        state.look { state in
            guard case .framed(let bytes) = state else { return }
            state = .promised(bytes)
        }
    }

    /// Deflates, unless somebody does or has done so.
    package func deflate(with deflater: Deflater) {
        if let bytes = take(evenIfPromised: true) { deflate(bytes, with: deflater) }
    }

    /// The same, unless somebody else promised to.
    func deflateUnlessPromised(with deflater: Deflater) {
        if let bytes = take(evenIfPromised: false) { deflate(bytes, with: deflater) }
    }

    private func deflate(_ bytes: [UInt8], with deflater: Deflater) {
        var output: [UInt8] = []
        let length = deflater.deflate(bytes[...], into: &output)
        let isDeflated = length < bytes.count
        let best = isDeflated ? output : bytes
        let stored = Stored(bytes: best, isDeflated: isDeflated, checksum: crc32(best[...]))
        state.update { $0 = .stored(stored) }
    }

    /// The stored form, made here if nobody has begun or promised to.
    func stored(with deflater: Deflater) -> Stored {
        deflateUnlessPromised(with: deflater)
        return state.wait { state in
            if case .stored(let stored) = state { stored } else { nil }
        }
    }

    private func take(evenIfPromised: Bool) -> [UInt8]? {
        state.look { state in
            let taken: [UInt8]
            switch state {
            case .framed(let bytes): taken = bytes
            case .promised(let bytes) where evenIfPromised: taken = bytes
            case .promised, .inWork, .stored: return nil
            }
            state = .inWork
            return taken
        }
    }
}
