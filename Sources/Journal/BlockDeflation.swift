import ByteCoding
import Platform

/// The records of a block, framed, on their way to the form that is stored.
///
/// Deflating is most of a commit's work and needs nothing but these bytes, so whichever thread is
/// free does it: the first that asks. Another that needs the result waits for it.
package final class BlockDeflation: Sendable {
    /// The bytes behind a block's header.
    struct Stored: Sendable {
        let bytes: [UInt8]
        let isDeflated: Bool
        let checksum: UInt32
    }

    private enum State {
        case framed([UInt8])
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

    /// Deflates, unless somebody does or has done so.
    package func deflate(with deflater: Deflater) {
        guard let bytes = claim() else { return }
        var output: [UInt8] = []
        let length = deflater.deflate(bytes[...], into: &output)
        let isDeflated = length < bytes.count
        let best = isDeflated ? output : bytes
        let stored = Stored(bytes: best, isDeflated: isDeflated, checksum: crc32(best[...]))
        state.update { $0 = .stored(stored) }
    }

    /// The stored form, made here if nobody has begun to.
    func stored(with deflater: Deflater) -> Stored {
        deflate(with: deflater)
        return state.wait { state in
            if case .stored(let stored) = state { stored } else { nil }
        }
    }

    private func claim() -> [UInt8]? {
        state.look { state in
            guard case .framed(let bytes) = state else { return nil }
            state = .inWork
            return bytes
        }
    }
}
