import CLinux
import Foundation

/// One measured figure.
struct Figure {
    let bench: String
    let name: String
    let value: Double
    let unit: String
    /// What the ratio is to; nil for a figure that has no limit.
    var limit: String?
    var ratio: Double?

    func print(asJSON: Bool) {
        FileHandle.standardOutput.write(Data(((asJSON ? json : text) + "\n").utf8))
    }

    private var text: String {
        let head = "\(bench)  \(name)".padding(toLength: 52, withPad: " ", startingAt: 0)
        let figure = "\(Self.rounded(value)) \(unit)"
        guard let limit, let ratio else { return head + figure }
        return head + figure.padding(toLength: 26, withPad: " ", startingAt: 0)
            + String(format: "%.2f of %@", ratio, limit)
    }

    private var json: String {
        let ratioText = ratio.map { String(format: "%.4f", $0) } ?? "null"
        let limitText = limit.map { "\"\($0)\"" } ?? "null"
        return "{\"bench\":\"\(bench)\",\"case\":\"\(name)\",\"value\":\(Self.rounded(value)),"
            + "\"unit\":\"\(unit)\",\"limit\":\(limitText),\"ratio\":\(ratioText)}"
    }

    private static func rounded(_ value: Double) -> String {
        value >= 100 ? String(format: "%.0f", value) : String(format: "%.3f", value)
    }
}

/// Latencies of many operations.
struct Latencies {
    private var samples: [Duration] = []

    var isEmpty: Bool { samples.isEmpty }

    mutating func add(_ sample: Duration) { samples.append(sample) }
    mutating func add(_ others: [Duration]) { samples += others }

    /// In milliseconds.
    func percentile(_ percent: Double) -> Double {
        let sorted = samples.sorted()
        guard !sorted.isEmpty else { return 0 }
        let index = min(sorted.count - 1, Int(Double(sorted.count) * percent / 100))
        return sorted[index].seconds * 1000
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

/// What the system says of this process.
enum ProcessMemory {
    /// The most memory it has had, in bytes.
    static func peak() -> Double { field("VmHWM:") }

    /// The memory it has now, in bytes.
    static func now() -> Double { field("VmRSS:") }

    /// What the program has allocated and not freed, in bytes: without what the allocator keeps.
    static func inUse() -> Double {
        let heap = mallinfo2()
        return Double(heap.uordblks) + Double(heap.hblkhd)
    }

    /// Lets the peak begin anew.
    static func forgetPeak() {
        // Where the kernel does not allow it, the peak stays what it was: too high, never too low.
        try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
    }

    private static func field(_ name: String) -> Double {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
            return 0
        }
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
        return kibibytes * 1024
    }
}
