import Foundation

/// What a producer sent and what was acknowledged, in a file that survives everybody.
///
/// A line each: `secret BASE64`, `sent STREAM COUNT` before entries up to COUNT are sent,
/// `held STREAM COUNT` once they are acknowledged.
struct Ledger {
    private let path: String
    private(set) var secret: [UInt8]?
    private(set) var sent: [String: Int] = [:]
    private(set) var held: [String: Int] = [:]

    init(_ path: String) throws {
        self.path = path
        guard FileManager.default.fileExists(atPath: path) else {
            try Data().write(to: URL(filePath: path))
            return
        }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for line in text.split(separator: "\n") {
            note(line.split(separator: " ").map(String.init))
        }
    }

    private mutating func note(_ words: [String]) {
        switch (words.first, words.count) {
        case ("secret", 2): secret = Data(base64Encoded: words[1]).map { [UInt8]($0) }
        case ("sent", 3): sent[words[1]] = max(sent[words[1]] ?? 0, Int(words[2]) ?? 0)
        case ("held", 3): held[words[1]] = Int(words[2])
        default: preconditionFailure("a ledger holds what was written to it: \(words)")
        }
    }

    /// Notes and writes a line.
    mutating func write(_ words: String...) throws {
        note(words)
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        defer { do { try handle.close() } catch {} }
        try handle.seekToEnd()
        try handle.write(contentsOf: Data((words.joined(separator: " ") + "\n").utf8))
    }
}
