import ByteCoding
import Platform

/// Numbers, frames and deflates the records of one commit after another.
///
/// Belongs to the thread that decides; does no I/O. Blocks are deflated as they fill, here or on a
/// thread that helps; the last one of a commit, if it is small, by the sink's thread.
public final class CommitBuilder {
    /// Inflated bytes from which on the last block of a commit is not left to the sink's thread.
    private static let worthHelp = 16 << 10

    private let options: JournalOptions
    private let indexRecord: () -> [UInt8]?
    private let deflater: Deflater
    /// Offered a block to deflate on another thread, now or when it is written; false if none is
    /// free for it.
    package var offer: (BlockDeflation) -> Bool = { _ in false }

    private var blocks: [SealedCommit.Block] = []
    private var framedBytes = 0

    private var body: [UInt8] = []
    private var bodyForm = RecordForm.plain
    private var bodyFirst: RecordNumber
    private var bodyRecords: UInt32 = 0
    private var runs = RunCollector()
    private var counts = [UInt64](repeating: 0, count: 256)

    private var commitFirst: RecordNumber
    /// The number that the next record will get.
    public private(set) var nextRecord: RecordNumber

    /// - Parameter indexRecord: asked at each `finish`; what it gives is journaled.
    public init(
        nextRecord: RecordNumber, options: JournalOptions,
        indexRecord: @escaping () -> [UInt8]? = { nil }
    ) {
        self.options = options
        self.indexRecord = indexRecord
        self.nextRecord = nextRecord
        commitFirst = nextRecord
        bodyFirst = nextRecord
        deflater = Deflater(level: options.level)
        body.reserveCapacity(options.blockTarget * 2)
    }

    public var isEmpty: Bool { nextRecord == commitFirst }

    /// Framed bytes of the commit so far.
    public var pendingBytes: Int { framedBytes }

    /// Whether records with payloads of `payloadBytes` in all still fit this commit.
    public func hasRoom(forPayloads payloadBytes: Int, records: Int) -> Bool {
        framedBytes + payloadBytes + records * 12 <= commitPayloadLimit
    }

    /// The longest payload that a record may have.
    public var payloadLimit: Int { commitPayloadLimit - 12 }

    /// Room is kept for an index record of the usual size.
    private var commitPayloadLimit: Int { options.commitLimit - options.commitLimit / 8 }

    /// Adds a record to the commit.
    ///
    /// - Parameter run: what it holds, for those who look entries up later.
    /// - Throws: `recordTooLong` if the commit cannot hold it; nothing is added then.
    @discardableResult
    public func add(
        kind: RecordKind, version: UInt8, payload: [UInt8], form: RecordForm = .plain, run: Run?
    ) throws(JournalError) -> RecordNumber {
        try add(kind: kind, version: version, payload: payload[...], form: form, run: run)
    }

    /// The same for a payload that is a part of some buffer.
    @discardableResult
    public func add(
        kind: RecordKind, version: UInt8, payload: ArraySlice<UInt8>, form: RecordForm = .plain,
        run: Run?
    ) throws(JournalError) -> RecordNumber {
        guard hasRoom(forPayloads: payload.count, records: 1) else {
            throw .recordTooLong(length: payload.count, limit: payloadLimit)
        }
        append(kind: kind, version: version, payload: payload, form: form, run: run)
        return RecordNumber(rawValue: nextRecord.rawValue - 1)
    }

    /// Lets `count` numbers pass without records: a rewriter has left them out.
    func leaveOut(_ count: Int) {
        precondition((1...Self.leftOutLimit).contains(count), "a frame leaves out some records")
        var payload: [UInt8] = []
        payload.appendVarint(UInt64(count))
        append(
            kind: .leftOut, version: 1, payload: payload[...],
            form: bodyRecords > 0 ? bodyForm : .plain, run: nil, numbers: count)
    }

    /// Most records that one frame leaves out, so that a block of several counts in 32 bits.
    static let leftOutLimit = 1 << 24

    /// Ends the commit: deflates what is left and hands everything over; nil if it is empty.
    public func finish(at time: Timestamp) -> SealedCommit? {
        guard !isEmpty else { return nil }
        if let payload = indexRecord() {
            precondition(
                payload.count <= options.indexPayloadLimit, "an index record fits its commit")
            closeBlock()
            append(kind: .index, version: 1, payload: payload[...], form: .plain, run: nil)
            closeBlock(flags: .index)
        }
        let isLastSmall = body.count < Self.worthHelp
        closeBlock(deflates: !isLastSmall)
        defer {
            blocks = []
            framedBytes = 0
            commitFirst = nextRecord
        }
        return SealedCommit(
            first: commitFirst, last: RecordNumber(rawValue: nextRecord.rawValue - 1),
            time: time, blocks: blocks)
    }

    /// Deflates blocks like this builder, for threads that help.
    package func newDeflater() -> sending Deflater { Deflater(level: options.level) }

    private func append(
        kind: RecordKind, version: UInt8, payload: ArraySlice<UInt8>, form: RecordForm, run: Run?,
        numbers: Int = 1
    ) {
        let length = RecordFrame.length(ofPayload: payload.count)
        // Frames that stand for many numbers add up to more than a block counts.
        let isFull = bodyRecords.addingReportingOverflow(UInt32(clamping: numbers)).overflow
        if bodyRecords > 0, isFull || form != bodyForm || body.count + length > options.blockLimit {
            closeBlock()
        }
        bodyForm = form
        RecordFrame.append(kind: kind, version: version, payload: payload, to: &body)
        framedBytes += length
        bodyRecords += UInt32(numbers)
        if kind != .leftOut { counts[Int(kind.rawValue)] += 1 }
        if let run { runs.add(run) }
        nextRecord = nextRecord.advanced(by: numbers)
        if body.count >= options.blockTarget { closeBlock() }
    }

    /// Writes the body that has gathered as one block, or as several if a single record is longer
    /// than a block may be.
    private func closeBlock(flags: BlockFlags = [], deflates: Bool = true) {
        guard bodyRecords > 0 else { return }
        var flags = flags
        if bodyForm == .kept { flags.insert(.kept) }
        var start = 0
        repeat {
            let end = min(start + options.blockLimit, body.count)
            var pieceFlags = flags
            if start > 0 { pieceFlags.insert(.continued) }
            if end < body.count { pieceFlags.insert(.continues) }
            addBlock(body[start..<end], flags: pieceFlags, isFirst: start == 0, deflates: deflates)
            start = end
        } while start < body.count
        body.removeAll(keepingCapacity: true)
        bodyRecords = 0
        bodyFirst = nextRecord
        for index in counts.indices where counts[index] != 0 { counts[index] = 0 }
    }

    private func addBlock(
        _ piece: ArraySlice<UInt8>, flags: BlockFlags, isFirst: Bool, deflates: Bool
    ) {
        // `Array(piece)` would share the buffer of `body`, which would get a new one for each block,
        // each a page larger than the last: the allocator rounds up what its capacity asks for.
        let bytes = [UInt8](unsafeUninitializedCapacity: piece.count) { buffer, count in
            (_, count) = buffer.initialize(from: piece)
        }
        let body =
            flags.contains(.kept) ? BlockDeflation(kept: bytes) : BlockDeflation(framed: bytes)
        blocks.append(
            SealedCommit.Block(
                body: body, flags: flags, firstRecord: bodyFirst,
                recordCount: isFirst ? bodyRecords : 0, runs: isFirst ? runs.take() : [],
                countsByKind: isFirst ? countsByKind() : [:]))
        if deflates, !offer(body) { body.deflate(with: deflater) }
    }

    private func countsByKind() -> [UInt8: UInt64] {
        var result: [UInt8: UInt64] = [:]
        for (kind, count) in counts.enumerated() where count > 0 { result[UInt8(kind)] = count }
        return result
    }
}
