import ByteCoding
import GRDB
import Journal
import Platform
import Tumble

/// The row of `checkpoint`.
enum CheckpointRow {
    static let table = CatalogTable("checkpoint", "id reached time digest open_streams")

    static func values(of checkpoint: CatalogCheckpoint) -> [DatabaseValue] {
        var digest: [UInt8] = []
        digest.appendLittleEndian(checkpoint.digest.low)
        digest.appendLittleEndian(checkpoint.digest.high)
        return [
            .integer(1), .record(checkpoint.reached), .time(checkpoint.time), .bytes(digest),
            .integer(Int64(checkpoint.openStreams)),
        ]
    }

    static func read(_ checked: CatalogRow) throws(CatalogError) -> CatalogCheckpoint {
        var row = checked
        _ = try row.integer()
        let reached = try row.record()
        let time = try row.time()
        var digest = ByteReader(try row.bytes())
        guard let openStreams = Int(exactly: try row.integer()) else { throw row.unfit }
        do throws(ByteError) {
            let low = try digest.littleEndian(UInt64.self)
            let high = try digest.littleEndian(UInt64.self)
            return CatalogCheckpoint(
                reached: reached, time: time, digest: StateDigest(low: low, high: high),
                openStreams: openStreams)
        } catch {
            throw row.unfit
        }
    }
}
