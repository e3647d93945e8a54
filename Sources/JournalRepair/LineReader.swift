import Foundation

/// Cuts what somebody hands over piece by piece into lines.
struct LineReader {
    private let read: () throws -> Data
    private let limit: Int
    private var buffer = Data()
    /// Where the next line begins in `buffer`, and up to where no line feed was found.
    private var start = 0
    private var searched = 0
    private var isAtEnd = false
    /// Of the line that was read last, from 1.
    private(set) var number = 0

    /// - Parameters:
    ///   - limit: in bytes; a longer line is refused.
    ///   - read: the next piece; empty at the end.
    init(limit: Int, _ read: @escaping () throws -> Data) {
        self.limit = limit
        self.read = read
    }

    /// The next line with its line feed; nil at the end. A last line may do without one.
    mutating func next() throws -> Data? {
        while true {
            if let feed = buffer[searched...].firstIndex(of: 0x0a) {
                return take(through: feed)
            }
            searched = buffer.endIndex
            guard searched - start <= limit else {
                throw ImportError.lineTooLong(number + 1, limit: limit)
            }
            if isAtEnd { return start < buffer.endIndex ? take(through: searched - 1) : nil }
            let piece = try read()
            isAtEnd = piece.isEmpty
            // A copy has indexes from 0 on.
            buffer = Data(buffer[start...]) + piece
            searched -= start
            start = 0
        }
    }

    private mutating func take(through end: Int) -> Data {
        let line = Data(buffer[start...end])
        start = end + 1
        searched = start
        number += 1
        return line
    }
}
