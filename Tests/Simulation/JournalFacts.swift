import ByteCoding
import Coordinator
import Journal
import Platform

/// What happened, read from the journal's blocks alone.
struct JournalFacts {
    /// Where an entry stands.
    struct Place: Hashable {
        let stream: StreamID
        let index: UInt64
    }

    private(set) var streams: [StreamID: StreamState] = [:]
    private var tasked: [StreamID: [ArchivalReason: [Timestamp]]] = [:]
    private var terminated: [StreamID: Timestamp] = [:]
    /// Archiving and removing cancel what is pending.
    private var ended: Set<StreamID> = []
    /// Streams that were let go, or whose prefix was deleted. Others may have their paths by now.
    private(set) var removed: Set<StreamID> = []
    /// Streams that have an archive, or had one.
    private(set) var archived: Set<StreamID> = []
    /// The record that holds each entry.
    private(set) var records: [Place: RecordNumber] = [:]
    /// What the journal says is not readable.
    private(set) var lost: [RecoveryReport.Loss] = []

    init(_ reader: JournalReader) throws {
        let machine = CoordinatorMachine()
        var cursor = reader.blocks(from: .first)
        while let item = try cursor.next() {
            switch item {
            case .block(let block):
                for record in block.records where record.kind.rawValue >= 32 {
                    note(try machine.decode(record))
                    guard let run = machine.run(of: record) else { continue }
                    let stream = StreamID(record: RecordNumber(rawValue: run.subject))
                    for index in run.first..<run.end {
                        records[Place(stream: stream, index: index)] = record.number
                    }
                }
            case .lost(let loss): lost.append(loss)
            case .uncovered: break
            }
        }
    }

    private mutating func note(_ event: CoordinatorEvent) {
        switch event {
        case .streamRegistered(let stream):
            streams[stream.id] = stream
            if stream.terminalIndex != nil { terminated[stream.id] = stream.created }
        case .streamTerminated(let id, _, let time): terminated[id] = time
        case .streamArchived(let id, _, _):
            ended.insert(id)
            archived.insert(id)
        case .prefixDeleted(let prefix, _):
            let ids = streams.values.lazy.filter { $0.prefix == prefix }.map(\.id)
            ended.formUnion(ids)
            removed.formUnion(ids)
        case .streamsRemoved(_, let ids, _):
            ended.formUnion(ids)
            removed.formUnion(ids)
        case .archivalTasked(let id, let reason, let time):
            tasked[id, default: [:]][reason, default: []].append(time)
        default: break
        }
    }

    /// Holds the deadlines against the time `now`, at which all that was due has fired: once each,
    /// never early, never lost.
    func judgeDeadlines(at now: Timestamp, _ timers: ArchivalTimers) -> String? {
        for stream in streams.values {
            let ended = terminated[stream.id]
            // One that was terminated as it was registered has no other deadline.
            let isOpen = stream.terminalIndex == nil
            let dues: [(ArchivalReason, Timestamp?)] = [
                (.expired, isOpen ? stream.created.adding(timers.open) : nil),
                (.terminated, ended?.adding(timers.terminated)),
            ]
            for (reason, due) in dues {
                let fired = tasked[stream.id]?[reason] ?? []
                let name = "\(stream.path.text), \(reason)"
                guard let due else {
                    if !fired.isEmpty { return "\(name): fires without being scheduled" }
                    continue
                }
                if fired.count > 1 { return "\(name): fires \(fired.count) times" }
                if let time = fired.first, time < due { return "\(name): fires early" }
                if fired.isEmpty, due <= now, !self.ended.contains(stream.id) {
                    return "\(name): was due at \(due), is lost"
                }
            }
        }
        return nil
    }
}
