import Foundation
import Platform

/// Shows a stream that is being followed: the first lines as they are, then one in many, so that
/// a fast command does not drown the terminal. Every byte is counted all the same.
final class LiveView: Sendable {
    private struct Position {
        var lines = 0
        var partial: [UInt8] = []
    }

    private static let shownWhole = 6
    private static let shownEvery = 5000

    private let position = Lock(Position())

    /// Takes the next piece of the stream and prints the lines in it that are to be shown.
    func show(_ bytes: [UInt8]) {
        let shown = position.withLock { position -> [String] in
            var shown: [String] = []
            for byte in bytes {
                guard byte == UInt8(ascii: "\n") else {
                    position.partial.append(byte)
                    continue
                }
                position.lines += 1
                if Self.isShown(position.lines) {
                    let text = String(decoding: position.partial, as: UTF8.self)
                    shown.append("   \(DemoOutput.grouped(position.lines)) │ \(text.prefix(84))")
                }
                position.partial.removeAll(keepingCapacity: true)
            }
            return shown
        }
        for line in shown { DemoOutput.say(line) }
    }

    private static func isShown(_ line: Int) -> Bool {
        line <= shownWhole || line.isMultiple(of: shownEvery)
    }
}
