import ByteCoding
import Journal
import LogDogModel
import Platform
import Testing
import Tumble

@testable import Coordinator

/// Bundles that are stored as the client deflated them.
struct KeptBundleTests {
    /// A part with entries `entry 0` and on, as in `History.part`, and its bundle around it.
    private static func inflated(count: Int) -> (bytes: [UInt8], part: Range<Int>) {
        var part: [UInt8] = []
        part.appendWireField(1, bytes: Array("descriptor".utf8))
        part.appendWireField(3, varint: 0)
        for index in 0..<count { part.appendWireField(5, bytes: Array("entry \(index)".utf8)) }
        part.appendWireField(9, bytes: Array("of a later version".utf8))
        var bytes: [UInt8] = []
        bytes.appendWireField(4, bytes: Array("proj".utf8))
        bytes.appendWireField(3, bytes: part)
        let range = bytes.count - part.count..<bytes.count
        bytes.appendWireField(6, bytes: [UInt8](repeating: 7, count: 36))
        return (bytes, range)
    }

    private static func bundle(count: Int) -> KeptBundle {
        let (bytes, part) = inflated(count: count)
        var deflated: [UInt8] = []
        Deflater(level: 6).deflate(bytes[...], into: &deflated)
        return KeptBundle(deflated: deflated[...], part: part)
    }

    private static func delivery(_ count: Int, first: UInt64 = 0) throws -> DeliverEntries {
        var delivery = try History.part(first: first, count: count)
        delivery.bundle = bundle(count: count)
        return delivery
    }

    @Test func `inflated for others to see, it is whole but for its secret`() throws {
        let (bytes, _) = Self.inflated(count: 5)
        let shown = try Self.bundle(count: 5).inflated(maskingSecretBy: 0x2a)
        #expect(shown.count == bytes.count)
        let differing = zip(bytes, shown).filter { $0 != $1 }
        #expect(differing.count == 36 && differing.allSatisfy { $0 == 7 && $1 == 0x2a })
        let cut = KeptBundle(deflated: [1, 2, 3], part: 0..<1)
        #expect(throws: KeptBundleError.self) { try cut.inflated(maskingSecretBy: 0x2a) }
    }

    @Test func `what is all new is stored as it came`() throws {
        var history = try History.withStream()
        let delivery = try Self.delivery(5)
        let outcome = try history.when(.deliver(delivery))
        let stream = try #require(history.stream())
        let bundle = try #require(delivery.bundle)
        #expect(
            outcome.events == [
                .entriesKept(stream: stream.id, first: 0, count: 5, bundle: bundle)
            ])
        #expect(stream.received.contiguousThrough == 4)
        #expect(history.records.last?.form == .kept)
        #expect(
            try bundle.entries().map { String(decoding: $0, as: UTF8.self) }
                == (0..<5).map { "entry \($0)" })
    }

    @Test func `restated it is the same entries in a record of the plain kind`() throws {
        var history = try History.withStream()
        try history.when(.deliver(try Self.delivery(5)))
        let kept = try #require(history.records.last)
        let restated = try #require(history.machine.restated(kept))
        #expect(restated.number == kept.number && restated.form == .plain)
        #expect(history.machine.run(of: restated) == history.machine.run(of: kept))
        let plain = try History.withStream().restatedAs(.deliver(try History.part(count: 5)))
        #expect(restated.kind == plain.kind && restated.payload == plain.payload)
        #expect(history.machine.restated(restated) == nil, "there is nothing to restate in it")
        var broken = Array(kept.payload)
        broken[broken.count - 3] ^= 0xff
        let damaged = Record(
            number: kept.number, kind: kept.kind, version: kept.version, form: .kept,
            payload: broken[...])
        #expect(history.machine.restated(damaged) == nil, "what cannot be read stays as it is")
    }

    @Test func `of what is held in part only the rest is stored, and plainly`() throws {
        var history = try History.withStream()
        try history.when(.deliver(try History.part(count: 2)))
        let outcome = try history.when(.deliver(try Self.delivery(5)))
        guard case .entriesAppended(_, 2, _, 3) = outcome.events.first else {
            Issue.record("\(outcome.events)")
            return
        }
        #expect(outcome.events.count == 1)
        let again = try history.when(.deliver(try Self.delivery(5)))
        #expect(again.events == [])
    }

    @Test func `only bundles of a middle size are kept`() {
        let sizes = [
            KeptBundle.leastLength - 1, KeptBundle.leastLength, KeptBundle.mostLength,
            KeptBundle.mostLength + 1,
        ]
        let kept = sizes.map {
            KeptBundle(deflated: [1, 2, 3], inflatedLength: $0, part: 0..<3) != nil
        }
        #expect(kept == [false, true, true, false])
    }

    @Test func `its record is written byte for byte`() throws {
        let event = CoordinatorEvent.entriesKept(
            stream: StreamID(record: RecordNumber(rawValue: 3)), first: 64, count: 64,
            bundle: KeptBundle(deflated: [0x78, 0x9c, 0x03], part: 42..<9690))
        var payload: [UInt8] = []
        let (kind, version, form) = CoordinatorMachine().encode(event, into: &payload)
        #expect(kind.rawValue == 46 && version == 1 && form == .kept)
        #expect(payload == [3, 0x40, 0x40, 0x2a, 0xb0, 0x4b, 0x78, 0x9c, 0x03])
        let record = Record(
            number: RecordNumber(rawValue: 9), kind: kind, version: version, form: form,
            payload: payload[...])
        #expect(try CoordinatorMachine().decode(record) == event)
        #expect(CoordinatorMachine().run(of: record) == CoordinatorMachine().run(of: event))
    }

    @Test(
        arguments: [
            [3, 0, 0, 0, 9],  // no entries
            [3, 0, 2, 0, 1],  // more entries than bytes
            [3, 0, 1, 0x80, 0x80, 0x10, 1],  // a part that ends behind 256 KiB
            [
                3, 0, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
            ],  // a length that would overflow
            [3, 0, 1, 0],  // cut short
        ] as [[UInt8]])
    func `a place that no bundle has is refused`(_ payload: [UInt8]) {
        let record = Record(
            number: RecordNumber(rawValue: 9), kind: CoordinatorRecordKind.entriesKept,
            version: 1, form: .kept, payload: payload[...])
        #expect(throws: Misfit.self) { try CoordinatorMachine().decode(record) }
    }

    @Test func `a bundle that does not hold its part is not read`() {
        let whole = Self.bundle(count: 3)
        let short = KeptBundle(deflated: whole.deflated, part: 0..<10_000)
        #expect(throws: KeptBundleError.outside) { try short.entries() }
        let rotten = KeptBundle(deflated: whole.deflated.dropLast(), part: whole.part)
        #expect(throws: KeptBundleError.deflate(.cutShort)) { try rotten.entries() }
        let shifted = KeptBundle(
            deflated: whole.deflated, part: whole.part.lowerBound..<whole.part.upperBound - 1)
        #expect(throws: KeptBundleError.self) { try shifted.entries() }
    }
}

extension History {
    /// The record that a mutation leads to.
    fileprivate func restatedAs(_ mutation: CoordinatorMutation) throws -> Record {
        var copy = self
        try copy.when(mutation)
        return try #require(copy.records.last)
    }
}
