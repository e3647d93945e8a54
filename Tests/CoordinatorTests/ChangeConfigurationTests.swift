import Foundation
import Journal
import Testing
import Tumble

@testable import Coordinator

/// The journal says which configuration was in force.
struct ChangeConfigurationTests {
    private static let first = Array(repeating: UInt8(0x5a), count: 32)
    private static let second = Array(repeating: UInt8(0xa5), count: 32)

    private static func change(_ hash: [UInt8], _ text: String) -> CoordinatorMutation {
        .changeConfiguration(ChangeConfiguration(hash: hash, text: text))
    }

    @Test func `another configuration is an event, the same one again is none`() throws {
        var history = History()
        #expect(try history.when(Self.change(Self.first, "a\n")).events.count == 1)
        #expect(history.state.configuration?.text == "a\n")
        #expect(history.state.configuration?.since == history.now)
        #expect(try history.when(Self.change(Self.first, "a\n")).events.isEmpty)
        history.wait(.seconds(1))
        #expect(try history.when(Self.change(Self.second, "b\n")).events.count == 1)
        #expect(history.state.configuration?.hash == Self.second)
    }

    @Test func `a server that was never configured and is not now writes nothing`() throws {
        var history = History()
        #expect(try history.when(Self.change([], "")).events.isEmpty)
        try history.when(Self.change(Self.first, "a\n"))
        #expect(try history.when(Self.change([], "")).events.count == 1)
        #expect(history.state.configuration?.hash == [])
    }

    @Test func `it counts in no digest`() throws {
        var history = History()
        let before = history.state.digest
        try history.when(Self.change(Self.first, "a\n"))
        #expect(history.state.digest == before)
    }

    @Test func `a text beyond the limit is refused`() {
        let text = String(repeating: "x", count: ConfigurationState.textLimit + 1)
        #expect(
            History().refusal(of: Self.change(Self.first, text))
                == .configurationTooLong(limit: ConfigurationState.textLimit))
    }

    @Test func `its bytes are those of the fixture`() throws {
        var history = History()
        try history.when(Self.change(Self.first, "service\n  administrators: nobody\n"))
        history.wait(.seconds(1))
        try history.when(Self.change([], ""))
        let expected = try String(
            contentsOf: GoldenHistory.directory.appending(path: "configuration.txt"),
            encoding: .utf8)
        #expect(GoldenHistory.history.text(of: history) == expected)
    }

    @Test func `a record cut anywhere or with a hash of another length is refused`() throws {
        var history = History()
        try history.when(Self.change(Self.first, "a\n"))
        let record = try #require(history.records.first)
        func decode(_ payload: [UInt8]) throws(Misfit) -> CoordinatorEvent {
            try history.machine.decode(
                Record(
                    number: record.number, kind: record.kind, version: record.version,
                    payload: payload[...]))
        }
        for length in 0..<record.payload.count {
            #expect(throws: Misfit.self) { try decode(Array(record.payload.prefix(length))) }
        }
        #expect(throws: Misfit.self) { try decode([1, 7] + Array(record.payload.dropFirst(33))) }
    }
}
