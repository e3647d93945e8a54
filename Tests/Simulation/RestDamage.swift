import Journal
import TestSupport

/// What can happen to files while nobody has them open.
enum RestDamage: CaseIterable {
    case flippedBit
    case zeroedSector
    case lostSegment
    case duplicatedSegment
    case swappedSegments
    case cutShort
    case misplacedBlock
    case foreignFiles

    /// Does it to a journal; nil if there is nothing to do it to.
    func strike(_ disk: SimulatedDisk, _ numbers: inout SeededNumbers) -> String? {
        let segments = disk.files.keys.filter { $0.hasSuffix(".seg") && !$0.contains("aside") }
            .sorted()
        guard let path = segments.randomElement(using: &numbers) else { return nil }
        let size = disk.files[path]?.count ?? 0
        guard size > 0 else { return nil }
        let offset = Int(numbers.next() % UInt64(size))
        switch self {
        case .flippedBit:
            let bit = UInt8(1) << UInt8(numbers.next() % 8)
            disk.damage(path) { $0[offset] ^= bit }
            return "bit flipped in \(path), \(offset)"
        case .zeroedSector:
            let start = offset / 512 * 512
            disk.damage(path) { bytes in
                for index in start..<min(start + 512, bytes.count) { bytes[index] = 0 }
            }
            return "sector zeroed in \(path), \(start)"
        case .lostSegment:
            // A directory without any is that of a new journal.
            guard segments.count > 1 else { return nil }
            disk.take(path)
            return "\(path) lost"
        case .duplicatedSegment:
            let number = String(numbers.next() % 5000 + 1)
            let copy = String(repeating: "0", count: 20 - number.count) + number + ".seg"
            guard disk.files["\(SimulatedEngine.path)/\(copy)"] == nil else { return nil }
            disk.put(disk.files[path] ?? [], at: "\(SimulatedEngine.path)/\(copy)")
            return "\(path) duplicated as \(copy)"
        case .swappedSegments:
            guard let other = segments.filter({ $0 != path }).randomElement(using: &numbers)
            else { return nil }
            let (first, second) = (disk.files[path] ?? [], disk.files[other] ?? [])
            disk.damage(path) { $0 = second }
            disk.damage(other) { $0 = first }
            return "\(path) swapped with \(other)"
        case .misplacedBlock:
            guard let (from, to) = Self.blocks(in: disk.files[path] ?? [], &numbers) else {
                return nil
            }
            disk.damage(path) { bytes in
                let block = Array(bytes[from])
                bytes.replaceSubrange(to..<to + block.count, with: block)
            }
            return "block of \(path) at \(from.lowerBound) written again at \(to)"
        case .cutShort:
            disk.damage(path) { $0.removeLast(size - offset) }
            return "\(path) cut to \(offset)"
        case .foreignFiles:
            disk.put(Array("nobody's".utf8), at: "\(SimulatedEngine.path)/LOCK")
            disk.put([1, 2, 3], at: "\(SimulatedEngine.path)/spare")
            disk.put([], at: "\(SimulatedEngine.path)/notes.seg")
            return "foreign files"
        }
    }

    /// A whole block, and the place of another where it fits.
    private static func blocks(
        in bytes: [UInt8], _ numbers: inout SeededNumbers
    ) -> (from: Range<Int>, to: Int)? {
        let magic: [UInt8] = [0x4c, 0x4a, 0x42, 0x4b]
        let starts = bytes.indices.filter { bytes[$0...].starts(with: magic) }
        let blocks = zip(starts, starts.dropFirst()).map { $0..<$1 }
        guard let from = blocks.randomElement(using: &numbers),
            let to = starts.filter({ $0 != from.lowerBound && $0 + from.count <= bytes.count })
                .randomElement(using: &numbers)
        else { return nil }
        return (from, to)
    }
}
