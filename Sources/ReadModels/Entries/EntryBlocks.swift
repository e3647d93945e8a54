import Coordinator
import Journal
import Tumble

/// Blocks of the journal with their entries laid open, through a cache.
final class EntryBlocks: Sendable {
    /// 64 MiB: some thousand blocks of inflated log, what a few hundred readers go over again.
    static let defaultCapacity = 64 * 1024 * 1024
    /// What a chunk costs besides its bytes.
    private static let chunkOverhead = 64

    private let reader: JournalReader
    private let machine: CoordinatorMachine
    private let cache: ByteCache<BlockLocation, [EntryChunk]>

    init(
        reader: JournalReader, machine: CoordinatorMachine, capacity: Int = defaultCapacity
    ) {
        self.reader = reader
        self.machine = machine
        cache = ByteCache(capacity: capacity)
    }

    /// The chunks of a block that is in memory, sorted by stream and index; nil if it is not.
    func cached(_ block: BlockLocation) -> [EntryChunk]? { cache.value(for: block) }

    /// The chunks that begin in a block, sorted by stream and index; reads from disk if need be.
    func load(_ block: BlockLocation) throws(EntryBlockError) -> [EntryChunk] {
        if let chunks = cache.value(for: block) { return chunks }
        var chunks: [EntryChunk] = []
        do {
            for record in try reader.records(at: block) {
                if let chunk = try EntryChunk(of: record, machine) { chunks.append(chunk) }
            }
        } catch let error as JournalError {
            throw .journal(error)
        } catch let error as Misfit {
            throw .illFormed(error.reason)
        } catch {
            throw .illFormed("\(error)")
        }
        chunks.sort { ($0.stream, $0.first) < ($1.stream, $1.first) }
        let cost = chunks.reduce(0) { $0 + $1.byteCount + Self.chunkOverhead }
        cache.insert(chunks, for: block, cost: cost)
        return chunks
    }
}

/// Why a block's entries could not be had.
enum EntryBlockError: Error {
    case journal(JournalError)
    /// The block is whole, and a record in it is not what it says it is.
    case illFormed(String)
}
