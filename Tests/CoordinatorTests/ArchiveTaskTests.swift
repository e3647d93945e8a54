import Journal
import Platform
import Testing
import Tumble

@testable import Coordinator

/// Tasks from the moment they come due until somebody says that they are done.
struct ArchiveTaskTests {
    private static let week = LeaseArchiveTasks.longestLease

    /// Streams named `s0`, `s1`, … whose archivals have just come due.
    private static func due(_ count: Int) throws -> History {
        var history = try History.withPrefix()
        for number in 0..<count {
            try history.when(
                .registerStream(try History.registration(name: "s\(number)", terminalIndex: 0)))
        }
        history.wait(.seconds(300))
        _ = try history.fireDue()
        return history
    }

    private static func lease(
        _ history: inout History, _ limit: Int = 10, for duration: Duration = .seconds(60)
    ) throws -> [LeasedTask] {
        let mutation = LeaseArchiveTasks(limit: limit, duration: duration)
        guard case .leased(let tasks) = try history.when(.leaseArchiveTasks(mutation)).reply else {
            throw Misfit("a lease is answered with tasks")
        }
        return tasks
    }

    @Test func `a leased task is hidden until its lease ends, and comes back as a retry`() throws {
        var history = try Self.due(1)
        let first = try Self.lease(&history)
        #expect(first.map(\.stream.path.name) == ["s0"])
        #expect(first.first?.realm == "proj:realm")
        #expect(first.first?.task.retries == 0)
        history.wait(.seconds(60) - .microseconds(1))
        _ = try history.fireDue()
        #expect(try Self.lease(&history).isEmpty)
        history.wait(.microseconds(1))
        _ = try history.fireDue()
        let second = try Self.lease(&history)
        #expect(second.map(\.task.id) == first.map(\.task.id))
        #expect(second.first?.task.retries == 1)
    }

    @Test func `tasks are handed out in the order in which they became ready`() throws {
        var history = try Self.due(4)
        #expect(try Self.lease(&history, 2).map(\.stream.path.name) == ["s0", "s1"])
        history.wait(.seconds(60))
        _ = try history.fireDue()
        let names = try Self.lease(&history).map(\.stream.path.name)
        #expect(names == ["s2", "s3", "s0", "s1"])
    }

    @Test func `a lease takes no more than was asked for, and never more than 1000`() throws {
        var history = try Self.due(1001)
        #expect(try Self.lease(&history, 0).isEmpty)
        #expect(try Self.lease(&history, -3).isEmpty)
        #expect(try Self.lease(&history, 3).count == 3)
        #expect(try Self.lease(&history, .max).count == 998)
        history.wait(.seconds(60))
        _ = try history.fireDue()
        #expect(try Self.lease(&history, .max).count == 1000)
    }

    @Test func `a lease has a length, and not too long a one`() throws {
        var history = try Self.due(1)
        for duration in [.zero, .seconds(-1), Self.week + .microseconds(1)] as [Duration] {
            let mutation = LeaseArchiveTasks(limit: 1, duration: duration)
            #expect(
                history.refusal(of: .leaseArchiveTasks(mutation))
                    == .leaseOutOfRange(longest: Self.week))
        }
        #expect(try Self.lease(&history, for: Self.week).count == 1)
    }

    @Test func `a task that is given back comes up after a pause, with the reason`() throws {
        var history = try Self.due(1)
        let leased = try #require(try Self.lease(&history).first)
        let hold = try #require(leased.task.hold)
        history.wait(.seconds(5))
        let failure = FailArchival(
            task: leased.task.id, lease: hold, reason: String(repeating: "x", count: 2000))
        try history.when(.failArchival(failure))
        #expect(history.state.tasks[leased.task.id]?.failure.utf8.count == 1000)
        // The lease has ended with it: its own end means nothing any more.
        #expect(try history.when(.failArchival(failure)).events == [])
        history.wait(.seconds(1))
        _ = try history.fireDue()
        let again = try #require(try Self.lease(&history).first)
        #expect(again.task.retries == 1)
        history.wait(.seconds(54))
        _ = try history.fireDue()
        #expect(history.state.tasks[leased.task.id]?.retries == 1)
    }

    @Test func `what is held of a stream is handed back by its name, with a pause that doubles`()
        throws
    {
        var history = try Self.due(1)
        let stream = try #require(try Self.lease(&history, for: Self.week).first?.stream)
        let handedBack = CoordinatorMutation.rescheduleArchiveTask(
            RescheduleArchiveTask(stream.key))
        for pause in [1, 2, 4] as [Int64] {
            #expect(try history.when(handedBack).events.count == 1)
            // Nothing is held any more.
            #expect(try history.when(handedBack).events == [])
            history.wait(.seconds(pause) - .microseconds(1))
            _ = try history.fireDue()
            #expect(history.state.tasks.readyCount == 0)
            history.wait(.microseconds(1))
            _ = try history.fireDue()
            #expect(try Self.lease(&history, for: Self.week).count == 1)
        }
        let unknown = StreamKey(project: "other", hash: stream.hash)
        #expect(
            history.refusal(of: .rescheduleArchiveTask(RescheduleArchiveTask(unknown)))
                == .streamNotFound)
    }

    @Test func `whoever lost the lease cannot give the task back`() throws {
        var history = try Self.due(1)
        let first = try #require(try Self.lease(&history).first)
        history.wait(.seconds(60))
        _ = try history.fireDue()
        _ = try Self.lease(&history)
        let late = FailArchival(
            task: first.task.id, lease: try #require(first.task.hold), reason: "late")
        #expect(try history.when(.failArchival(late)).events == [])
    }

    @Test func `anybody may say that tasks are done, leased or not, known or not`() throws {
        var history = try Self.due(3)
        let leased = try Self.lease(&history, 1).map(\.task.id)
        let ready = history.state.tasks.all.map(\.id).filter { !leased.contains($0) }
        let unknown = TaskID(record: RecordNumber(rawValue: 9999))
        let some = leased + ready.prefix(1)
        let deletion = DeleteArchiveTasks(tasks: some + some + [unknown])
        let events = try history.when(.deleteArchiveTasks(deletion)).events
        #expect(events == [.archivalDeleted(tasks: some.sorted())])
        #expect(try history.when(.deleteArchiveTasks(deletion)).events == [])
        history.wait(.seconds(60))
        #expect(try history.fireDue().flatMap(\.events) == [])
        #expect(try Self.lease(&history).map(\.task.id) == Array(ready.dropFirst()))
    }

    @Test func `a complete archive leaves nothing to do, now or later`() throws {
        var history = try History.withStream()
        try history.when(.terminateStream(History.termination(at: 1)))
        history.wait(.seconds(300))
        _ = try history.fireDue()
        #expect(try Self.lease(&history).count == 1)
        try history.when(.archiveStream(History.report(entries: 2, through: 1)))
        #expect(history.state.tasks.count == 0)
        #expect(history.pending.map(\.name?.rawValue) == ["archive-release-5"])
        history.wait(.seconds(172_800))
        #expect(try history.fireDue().flatMap(\.events) == [])
    }

    @Test func `a partial archive leaves its tasks to be done, and the one to come`() throws {
        var history = try History.withStream()
        try history.when(.terminateStream(History.termination(at: 1)))
        history.wait(.seconds(300))
        _ = try history.fireDue()
        try history.when(.archiveStream(History.report(entries: 1, through: 1)))
        history.wait(.seconds(172_800))
        _ = try history.fireDue()
        #expect(try Self.lease(&history).map(\.task.reason) == [.terminated, .expired])
    }

    @Test func `a queue with gaps hands out what is left, in order`() throws {
        var queue = ReadyQueue()
        func task(_ number: UInt64) -> TaskID { TaskID(record: RecordNumber(rawValue: number)) }
        for number in 1...5000 as ClosedRange<UInt64> {
            queue.append(task(number), since: RecordNumber(rawValue: number))
        }
        for number in 1...5000 as ClosedRange<UInt64> where number % 10 != 0 {
            queue.remove(task(number), since: RecordNumber(rawValue: number))
        }
        #expect(queue.count == 500)
        #expect(queue.first(3) == [task(10), task(20), task(30)])
        var fresh = ReadyQueue()
        for number in stride(from: 10, through: 5000, by: 10) as StrideThrough<UInt64> {
            fresh.append(task(number), since: RecordNumber(rawValue: number))
        }
        #expect(queue == fresh)
        queue.remove(task(20), since: RecordNumber(rawValue: 21))
        #expect(queue == fresh)
    }

    @Test func `an event about several tasks that fits only some changes none`() throws {
        var history = try Self.due(2)
        let leased = try #require(try Self.lease(&history, 1).first).task.id
        let all = history.state.tasks.all.map(\.id).sorted()
        #expect(all.count == 2)
        let machine = CoordinatorMachine()
        for event in [
            // One is leased already; one is not.
            CoordinatorEvent.archivalLeased(
                tasks: all.sorted { $0 != leased && $1 == leased }, until: .zero),
            .archivalReleased(tasks: [leased] + all.filter { $0 != leased }),
        ] {
            var state = history.state
            #expect(throws: Misfit.self) {
                try machine.apply(event, numbered: RecordNumber(rawValue: 999), to: &state)
            }
            #expect(machine.digest(of: state) == machine.digest(of: history.state))
        }
    }
}
