import TestSupport
import Testing

/// Following a log over HTTP: server-sent events, and the raw page.
@Suite struct FollowTests {
    @Test func `events come as entries do, each with its index, and end with the stream`()
        async throws
    {
        let log = try await FollowedLog()
        try await log.append(0..<2)
        let reader = try await log.follow()
        try await reader.read(until: "id: 1\n")
        try await log.append(2..<3)
        try await reader.read(until: "id: 2\n")
        #expect(!reader.text.contains("event: end"))
        try await log.append(3..<4, terminal: 3)
        try await reader.read(until: "event: end\ndata: {\"terminalIndex\":\"3\"}\n\n")
        #expect(reader.events == ["0", "1", "2", "3"])
        #expect(reader.text.contains("Content-Type: text/event-stream"))
        try await log.setUp.stop()
    }

    @Test func `a follower that comes back goes on behind the last event it saw`() async throws {
        let log = try await FollowedLog()
        try await log.append(0..<5, terminal: 4)
        let resumed = try await log.follow(lastEvent: "2")
        try await resumed.read(until: "event: end")
        #expect(resumed.events == ["3", "4"])
        let atTheEnd = try await log.follow(lastEvent: "4")
        try await atTheEnd.read(until: "event: end")
        #expect(atTheEnd.events.isEmpty)
        let beyond = try await log.follow(lastEvent: "900")
        try await beyond.read(until: "event: end")
        #expect(beyond.events.isEmpty)
        try await log.setUp.stop()
    }

    @Test(arguments: ["x", "-1", "1.5", "9223372036854775807", "99999999999999999999"])
    func `an event id that is no stream index is refused`(_ id: String) async throws {
        let log = try await FollowedLog()
        try await log.append(0..<1)
        let reply = try await log.setUp.client.get(
            FollowedLog.target + "?follow=1", headers: [("Last-Event-ID", id)])
        #expect(reply.status == 400)
        #expect(String(decoding: reply.body, as: UTF8.self).contains("Last-Event-ID"))
        try await log.setUp.stop()
    }

    @Test func `a log that is not there is not followed`() async throws {
        let log = try await FollowedLog()
        let reply = try await log.setUp.client.get(
            FollowedLog.target + "?follow=1&format=raw")
        #expect(reply.status == 404)
        try await log.setUp.stop()
    }

    @Test func `a raw page of an open log grows until the log ends`() async throws {
        let log = try await FollowedLog()
        try await log.append(0..<1)
        let reader = try await log.open("?format=raw")
        try await reader.read(until: "line 0\n")
        try await log.append(1..<2, terminal: 1)
        try await reader.readToEnd()
        #expect(reader.text.contains("line 1\n"))
        try await log.setUp.stop()
    }

    @Test func `a follower that goes away costs nothing, and the server stops beside one`()
        async throws
    {
        let log = try await FollowedLog()
        try await log.append(0..<1)
        do {
            let leaving = try await log.follow()
            try await leaving.read(until: "id: 0\n")
        }
        let staying = try await log.follow()
        try await staying.read(until: "id: 0\n")
        try await log.append(1..<2)
        try await staying.read(until: "id: 1\n")
        try await log.setUp.stop()
        try await staying.readToEnd()
    }
}
