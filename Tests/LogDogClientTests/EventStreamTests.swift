import LogDogClient
import LogDogProtos
import Testing

/// Small parts of the client.
@Suite struct EventStreamTests {
    @Test func `events come out whole, however the bytes are cut`() {
        let text = ": comment\n\nid: 7\ndata: {\"a\":1}\n\nevent: end\ndata: {}\n\n"
        let bytes = Array(text.utf8)
        for size in 1...bytes.count {
            var stream = EventStream()
            var events: [EventStream.Event] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                events += stream.append(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(events.map(\.id) == ["7", nil])
            #expect(events.map(\.name) == ["", "end"])
            #expect(events.first?.data == Array("{\"a\":1}".utf8))
        }
    }

    @Test func `server addresses are read`() {
        #expect(ServerAddress("http://127.0.0.1:8080")?.description == "http://127.0.0.1:8080")
        #expect(ServerAddress("localhost:99")?.port == 99)
        #expect(ServerAddress("http://host/")?.port == 80)
        for bad in ["", "http://", "http://h:0", "http://h:99999", "http://h:x", "http://h/path"] {
            #expect(ServerAddress(bad) == nil, "\(bad)")
        }
    }

    @Test func `datagrams are dumped once they are whole`() {
        var renderer = LogRenderer(isRaw: false)
        var output: [UInt8] = []
        var entry = Logpb_LogEntry()
        entry.sequence = 3
        entry.datagram.data = .init(Array("0123456789".utf8))
        entry.datagram.partial.index = 0
        renderer.append(entry, to: &output)
        #expect(output.isEmpty)
        entry.datagram.data = .init(Array("abcdefghij".utf8))
        entry.datagram.partial.last = true
        renderer.append(entry, to: &output)
        let text = String(decoding: output, as: UTF8.self)
        #expect(text.hasPrefix("Datagram #3 (20 bytes)\n00000000  30 31 32 33 34 35 36 37  "))
        #expect(text.contains("|0123456789abcdef|"))
        #expect(text.hasSuffix("|ghij|\n\n"))
    }
}
