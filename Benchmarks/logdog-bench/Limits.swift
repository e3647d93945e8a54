import ByteCoding
import Foundation
import Platform

/// What the machine can do without us, measured in the same run.
enum Limits {
    /// Bytes a second that zlib level 1 deflates of `sample`, cut into blocks of 64 KiB.
    static func deflateRate(_ sample: [UInt8]) -> Double {
        let deflater = Deflater(level: 1)
        var output: [UInt8] = []
        return rate(sample) { block in
            output.removeAll(keepingCapacity: true)
            deflater.deflate(block, into: &output)
        }
    }

    /// How many times longer `sample` is than what zlib level 1 makes of it, in such blocks.
    static func deflateRatio(_ sample: [UInt8]) -> Double {
        let deflater = Deflater(level: 1)
        var output: [UInt8] = []
        for start in stride(from: 0, to: sample.count, by: 64 << 10) {
            deflater.deflate(sample[start..<min(start + 64 << 10, sample.count)], into: &output)
        }
        return Double(sample.count) / Double(max(1, output.count))
    }

    /// Inflated bytes a second of the same blocks.
    static func inflateRate(_ sample: [UInt8]) -> Double {
        let deflater = Deflater(level: 1)
        let inflater = Inflater()
        var blocks: [(stored: [UInt8], length: Int)] = []
        for start in stride(from: 0, to: sample.count, by: 64 << 10) {
            var stored: [UInt8] = []
            let block = sample[start..<min(start + 64 << 10, sample.count)]
            deflater.deflate(block, into: &stored)
            blocks.append((stored, block.count))
        }
        var target = [UInt8](repeating: 0, count: 64 << 10)
        let started = ContinuousClock.now
        var bytes = 0
        while started.duration(to: .now) < .milliseconds(500) {
            for block in blocks {
                let filled = block.stored.withUnsafeBytes { source in
                    target.withUnsafeMutableBytes { buffer in
                        (try? inflater.inflate(source, exactlyInto: buffer)) ?? 0
                    }
                }
                bytes += filled
            }
        }
        return Double(bytes) / started.duration(to: .now).seconds
    }

    /// Inflated bytes a second of the blocks that stand in the segments of a journal, one after
    /// another, each from memory (`SegmentFormat`: 64 bytes of header before each body).
    static func inflateRate(ofSegmentsIn directory: String) throws -> Double {
        let files = SystemFileSystem()
        let names = try files.list(directory).filter { $0.hasSuffix(".seg") }
        let inflater = Inflater()
        var bytes = 0
        var elapsed = 0.0
        for name in names {
            let file = try files.open("\(directory)/\(name)", .read)
            let blocks = deflatedBlocks(in: try file.read(try file.size(), at: 0))
            var target = [UInt8](repeating: 0, count: blocks.map(\.inflatedLength).max() ?? 0)
            let started = ContinuousClock.now
            for block in blocks {
                bytes += try target.withUnsafeMutableBytes { target in
                    try block.stored.withUnsafeBytes {
                        try inflater.inflate(
                            $0, exactlyInto: .init(rebasing: target[..<block.inflatedLength]))
                    }
                }
            }
            elapsed += started.duration(to: .now).seconds
        }
        return Double(bytes) / elapsed
    }

    private static func deflatedBlocks(
        in segment: [UInt8]
    ) -> [(stored: ArraySlice<UInt8>, inflatedLength: Int)] {
        func number(at offset: Int, bytes: Int) -> Int {
            segment[offset..<offset + bytes].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        var blocks: [(stored: ArraySlice<UInt8>, inflatedLength: Int)] = []
        var offset = 64
        while offset + 64 <= segment.count, segment[offset..<offset + 4].elementsEqual("LJBK".utf8)
        {
            let end = offset + 64 + number(at: offset + 28, bytes: 4)
            if number(at: offset + 4, bytes: 2) & 1 == 1 {
                blocks.append((segment[offset + 64..<end], number(at: offset + 32, bytes: 4)))
            }
            offset = end
        }
        return blocks
    }

    /// Commits a second of a loop that deflates `blockBytes` of `sample`, writes them to a zero-filled
    /// file and syncs; then the next ones. The same block over and over would deflate faster than
    /// any log does: a processor learns its branches.
    static func commitRate(
        _ sample: [UInt8], blockBytes: Int, in directory: String, seconds: Double
    ) throws -> Double {
        let files = SystemFileSystem()
        let path = "\(directory)/limit"
        let file = try files.open(path, .create)
        defer {
            file.close()
            do { try files.remove(path) } catch {}
        }
        let size = 64 << 20
        try file.write([UInt8](repeating: 0, count: size), at: 0)
        try file.sync()
        let deflater = Deflater(level: 1)
        var output: [UInt8] = []
        var position = 0
        var commits = 0
        var next = 0
        let started = ContinuousClock.now
        while started.duration(to: .now).seconds < seconds {
            if next + blockBytes > sample.count { next = 0 }
            output.removeAll(keepingCapacity: true)
            deflater.deflate(sample[next..<min(next + blockBytes, sample.count)], into: &output)
            next += blockBytes
            if position + output.count > size { position = 0 }
            try file.write(output, at: position)
            try file.sync()
            position += output.count
            commits += 1
        }
        return Double(commits) / started.duration(to: .now).seconds
    }

    private static func rate(_ sample: [UInt8], _ work: (ArraySlice<UInt8>) -> Void) -> Double {
        let started = ContinuousClock.now
        var bytes = 0
        while started.duration(to: .now) < .milliseconds(500) {
            for start in stride(from: 0, to: sample.count, by: 64 << 10) {
                let block = sample[start..<min(start + 64 << 10, sample.count)]
                work(block)
                bytes += block.count
            }
        }
        return Double(bytes) / started.duration(to: .now).seconds
    }
}
