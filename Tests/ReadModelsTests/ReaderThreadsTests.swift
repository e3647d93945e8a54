import Platform
import Testing

@testable import ReadModels

struct ReaderThreadsTests {
    @Test func `every read gets its own answer`() async throws {
        let threads = ReaderThreads(count: 2)
        defer { threads.stop() }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    try await threads.run { () throws(ReadError) in number * 2 } == number * 2
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test func `a read's error reaches its caller`() async {
        let threads = ReaderThreads(count: 1)
        defer { threads.stop() }
        await #expect(throws: ReadError.journal(reason: "gone")) {
            try await threads.run { () throws(ReadError) -> Int in
                throw .journal(reason: "gone")
            }
        }
    }

    @Test func `after stop reads are refused`() async {
        let threads = ReaderThreads(count: 1)
        threads.stop()
        await #expect(throws: ReadError.stopped) {
            try await threads.run { () throws(ReadError) in 1 }
        }
    }

    @Test func `reads beyond the queue limit are refused`() async {
        let threads = ReaderThreads(count: 1, queueLimit: 2)
        let gate = Monitor((entered: false, open: false))
        let blocker = Task {
            try await threads.run { () throws(ReadError) in
                gate.update { $0.entered = true }
                gate.wait { $0.open ? () : nil }
            }
        }
        gate.wait { $0.entered ? () : nil }
        let waiting = (0..<2).map { _ in Task { try await threads.run { () throws(ReadError) in } }
        }
        threads.awaitQueue(of: 2)
        await #expect(throws: ReadError.busy(limit: 2)) {
            try await threads.run { () throws(ReadError) in }
        }
        gate.update { $0.open = true }
        for task in waiting + [blocker] { #expect(await task.result.isSuccess) }
        threads.stop()
    }
}

extension Result {
    var isSuccess: Bool {
        if case .success = self { true } else { false }
    }
}
