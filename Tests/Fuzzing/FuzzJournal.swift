import ByteCoding
import Journal
import Platform
import TestSupport

enum FuzzJournal {
    private static let path = "/journal"
    private static let segment = "/journal/00000000000000000001.seg"

    private static var options: JournalOptions {
        var options = JournalOptions()
        options.commitLimit = 16 << 10
        options.blockTarget = 4 << 10
        options.blockLimit = 8 << 10
        options.segmentSize = 64 << 10
        options.fillSlice = 64 << 10
        return options
    }

    private static func disk(_ bytes: [UInt8]) -> SimulatedDisk {
        let disk = SimulatedDisk()
        do throws(FileError) {
            try disk.createDirectory(path)
        } catch { preconditionFailure("an empty disk takes a directory: \(error)") }
        disk.put(bytes, at: segment)
        return disk
    }

    /// Header checksums are put right where blocks begin, so that more than noise is looked at.
    static func takeSegment(_ bytes: [UInt8]) {
        look(at: disk(bytes))
        look(at: disk(Self.mended(bytes)))
    }

    static func takeFooter(_ bytes: [UInt8]) {
        let header = Array(bytes.prefix(64))
        let journal = JournalReader(
            JournalDirectory(path: path, files: disk(mended(header) + bytes.dropFirst(64))))
        do throws(JournalError) {
            _ = try journal.runs(in: .first)
            _ = try journal.segments()
        } catch { return }
    }

    private static func look(at disk: SimulatedDisk) {
        let directory = JournalDirectory(path: path, files: disk)
        do throws(JournalError) {
            var cursor = JournalReader(directory).blocks(from: .first)
            while try cursor.next() != nil {}
            let journal = try JournalRecovery.open(
                directory, options: options, clock: ManualClock(), runOf: { _ in nil },
                holder: "fuzz")
            try journal.sink.close()
        } catch { return }
    }

    private static func mended(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for start in [Array("LDJSEGMT".utf8), [0x4c, 0x4a, 0x42, 0x4b], Array("LDJFOOT1".utf8)] {
            var offset = 0
            while offset + 64 <= bytes.count {
                guard bytes[offset...].starts(with: start) else {
                    offset += 1
                    continue
                }
                let checksum = crc32(bytes[offset..<offset + 60])
                for byte in 0..<4 {
                    bytes[offset + 60 + byte] = UInt8(truncatingIfNeeded: checksum >> (8 * byte))
                }
                offset += 64
            }
        }
        return bytes
    }
}
