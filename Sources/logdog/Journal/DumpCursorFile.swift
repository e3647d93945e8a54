import Foundation
import Journal

/// A file that says at which record a dump goes on next time.
struct DumpCursorFile {
    let path: String

    /// Nil if it is not there yet.
    func read() throws -> RecordNumber? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandFailure(.inputOutput, "cannot read \(path): \(error.localizedDescription)")
        }
        guard let number = UInt64(text.trimmingCharacters(in: .whitespacesAndNewlines)), number > 0
        else { throw CommandFailure(.refused, "\(path) does not hold a record number") }
        return RecordNumber(rawValue: number)
    }

    /// Replaces it as a whole.
    func write(_ next: RecordNumber) throws {
        do {
            try Data("\(next)\n".utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandFailure(
                .inputOutput, "cannot write \(path): \(error.localizedDescription)")
        }
    }
}
