/// Takes apart server-sent events (the EventSource format of the HTML standard), as far as
/// LogDog's log view sends them.
package struct EventStream: Sendable {
    package struct Event: Hashable, Sendable {
        package var name = ""
        package var id: String?
        package var data: [UInt8] = []
    }

    private var line: [UInt8] = []
    private var event = Event()

    package init() {}

    /// The events that `bytes` complete.
    package mutating func append(_ bytes: [UInt8]) -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            if line.isEmpty {
                if !event.data.isEmpty || !event.name.isEmpty { events.append(event) }
                event = Event()
            } else {
                takeLine()
            }
            line.removeAll(keepingCapacity: true)
        }
        return events
    }

    private mutating func takeLine() {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
        let name = String(decoding: line[..<colon], as: UTF8.self)
        var value = line[(colon + 1)...]
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        switch name {
        case "event": event.name = String(decoding: value, as: UTF8.self)
        case "id": event.id = String(decoding: value, as: UTF8.self)
        case "data": event.data += value
        default: break
        }
    }
}
