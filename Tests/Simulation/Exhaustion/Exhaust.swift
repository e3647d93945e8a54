import ArgumentParser
import Foundation
import Platform

/// Tries every single-bit flip and every length of a file that a journal or a catalog consists of.
struct Exhaust: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Flip every bit and cut at every length of real files.",
        discussion: """
            A reader must give right records and tell which are missing; recovery must start, say \
            what was lost by record number, and call undecidable only what stands in the last \
            commit before its mark. Exits 1 and names the place otherwise.
            """)

    @Option(help: "Bytes of the segment that is tried.")
    var bytes = 64 << 10

    @Option(help: "How that segment ends, by number from 0 on; without, all ways are tried.")
    var ending: Int?

    @Option(help: "Bits of each byte of the catalog that are flipped, 1 to 8.")
    var catalogBits = 1

    @Option(help: "Of how many of its places each time one is tried, in the catalog alone.")
    var catalogStride = 1

    @Option(help: "Which of the places of a stride it is, from 0 on.")
    var catalogPlace = 0

    @Option(help: "Bits of each byte of a segment for which the journal is opened too, 1 to 8.")
    var openedBits = 1

    @Option(help: "How many places are tried at once.")
    var jobs = ProcessInfo.processInfo.activeProcessorCount

    func validate() throws {
        guard (4096...16 << 20).contains(bytes) else {
            throw ValidationError("--bytes must be from 4096 to 16777216")
        }
        guard (1...8).contains(openedBits) else {
            throw ValidationError("--opened-bits must be from 1 to 8")
        }
        guard (1...8).contains(catalogBits) else {
            throw ValidationError("--catalog-bits must be from 1 to 8")
        }
        guard ending.map(ExhaustedJournal.Ending.allCases.indices.contains) ?? true else {
            throw ValidationError(
                "--ending must be from 0 to \(ExhaustedJournal.Ending.allCases.count - 1)")
        }
        guard catalogStride > 0, (0..<catalogStride).contains(catalogPlace) else {
            throw ValidationError(
                "--catalog-stride must be 1 or more, and --catalog-place less than it")
        }
        guard jobs > 0 else { throw ValidationError("--jobs must be 1 or more") }
    }

    func run() throws {
        var failures = 0
        let openedBits = openedBits
        let all = ExhaustedJournal.Ending.allCases
        for ending in ending.map({ [all[$0]] }) ?? all {
            let journal = try ExhaustedJournal(segmentBytes: bytes, ending)
            let places = journal.size
            failures += each(places * 8, "bit flips, \(ending.rawValue)") { bit in
                // All are read. What opening finds depends on the byte, hardly on the bit.
                try journal.judgeFlip(
                    at: bit / 8, bit: bit % 8,
                    opening: (bit % 8 + bit / 8) % 8 < openedBits)
            }
            failures += each(places, "lengths, \(ending.rawValue)") { length in
                try journal.judgeCut(to: length)
            }
        }
        let journal = try ExhaustedJournal(segmentBytes: 64 << 10, .marked)
        failures += each(journal.lockBits, "bit flips of the lock file") { bit in
            try journal.judgeLock(flipped: bit)
        }
        failures += try exhaustCatalog()
        if failures > 0 { throw ExitCode(1) }
    }

    private func exhaustCatalog() throws -> Int {
        let catalog = try ExhaustedCatalog()
        let (bits, stride, first) = (catalogBits, catalogStride, catalogPlace)
        let flips = (catalog.size * bits - first + stride - 1) / stride
        let lengths = (catalog.size / 64 - first + stride - 1) / stride
        return each(max(0, flips), "bit flips of the catalog") { number in
            let place = first + number * stride
            return try catalog.judgeFlip(at: place / bits, bit: (place / bits + place % bits) % 8)
        }
            + each(max(0, lengths), "lengths of the catalog") { number in
                try catalog.judgeCut(to: (first + number * stride) * 64)
            }
    }

    /// Judges all places, some at once; prints how many there were and what was wrong.
    private func each(
        _ count: Int, _ what: String, _ judge: @escaping @Sendable (Int) throws -> String?
    ) -> Int {
        let state = Lock((next: 0, failures: 0))
        let stride = 256
        DispatchQueue.concurrentPerform(iterations: jobs) { _ in
            while let start = Self.take(state, stride, count) {
                for place in start..<min(start + stride, count) {
                    guard let problem = Self.outcome(of: place, judge) else { continue }
                    let number = state.withLock { state in
                        state.failures += 1
                        return state.failures
                    }
                    if number <= 5 { Self.say("\(what), place \(place): \(problem)") }
                }
            }
        }
        let failures = state.withLock { $0.failures }
        Self.say("\(count) \(what): \(failures) failed")
        return failures
    }

    /// Prints a line at once, so that whoever waits sees how far it is.
    private static func say(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    private static func take(
        _ state: Lock<(next: Int, failures: Int)>, _ stride: Int, _ count: Int
    ) -> Int? {
        state.withLock { state in
            guard state.next < count else { return nil }
            defer { state.next += stride }
            return state.next
        }
    }

    private static func outcome(
        of place: Int, _ judge: (Int) throws -> String?
    ) -> String? {
        do {
            return try judge(place)
        } catch {
            return "it refuses: \(error)"
        }
    }
}
