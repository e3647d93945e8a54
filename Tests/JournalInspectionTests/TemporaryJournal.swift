import Foundation
import Journal
import Platform
import TestSupport

@testable import JournalInspection

/// A journal with every kind of record in a directory that is gone when the test is over.
final class TemporaryJournal {
    let path = FileManager.default.temporaryDirectory
        .appending(path: "inspection-\(UUID().uuidString)").path

    /// - Parameter segments: how many it has; the last one is open.
    init(segments: Int = 2, clock: ManualClock = ManualClock()) throws {
        try EveryKindJournal.write(to: path, segments: segments, clock: clock)
    }

    deinit { do { try FileManager.default.removeItem(atPath: path) } catch {} }

    private func file(_ segment: Int) throws -> URL {
        let directory = JournalDirectory(path: path, files: SystemFileSystem())
        let digits = String(try directory.segments()[segment].rawValue)
        let name = String(repeating: "0", count: 20 - digits.count) + digits
        return URL(filePath: path).appending(path: "\(name).seg")
    }

    /// Flips a bit of the segment at a position among all.
    func flip(in segment: Int, at offset: Int) throws {
        let file = try file(segment)
        var bytes = try Data(contentsOf: file)
        bytes[offset] ^= 1
        try bytes.write(to: file)
    }

    func size(of segment: Int) throws -> Int { try Data(contentsOf: try file(segment)).count }

    /// Puts a segment of another journal in the place of its own.
    func put(segment: Int, of other: TemporaryJournal) throws {
        try Data(contentsOf: try other.file(segment)).write(to: try file(segment))
    }

    func remove(_ segment: Int) throws {
        try FileManager.default.removeItem(at: try file(segment))
    }
}

extension OutputLine {
    func value(_ name: String) -> OutputValue? { fields.first { $0.name == name }?.value }

    var record: UInt64? {
        guard kind == "record", case .number(let number)? = value("record") else { return nil }
        return number
    }

    var recordKind: String? {
        guard kind == "record", case .text(let name)? = value("kind") else { return nil }
        return name
    }
}
