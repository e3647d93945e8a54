import Coordinator
import Foundation
import Journal
import LogDogModel
import Platform
import ReadModels
import TestSupport
import Tumble

/// A catalog file, and what becomes of it when it is damaged in one place: it is told to be
/// damaged, so that it is rebuilt from the journal, or it gives exactly what was written.
struct ExhaustedCatalog {
    private let bytes: [UInt8]
    private let expected: String

    init() throws {
        let disk = SimulatedDisk()
        let clock = ManualClock()
        var engine = try SimulatedEngine(disk, clock, try SimulatedCatalog().contents)
        var workload = Workload(seed: 4)
        for _ in 0..<60 {
            guard engine.prepareSpace(),
                let undurable = engine.decide([try workload.next()]).undurable
            else { continue }
            _ = engine.append(undurable)
        }
        let file = Self.temporaryFile()
        defer { Self.remove(file) }
        let catalog = try SQLiteCatalog(path: file, machine: CoordinatorMachine())
        if let changes = engine.tellCatalog(.max) { try catalog.record(changes) }
        expected = Self.description(of: try catalog.load())
        catalog.close()
        bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
    }

    var size: Int { bytes.count }

    func judgeFlip(at offset: Int, bit: Int) throws -> String? {
        var damaged = bytes
        damaged[offset] ^= 1 << UInt8(bit)
        return try judge(damaged)
    }

    func judgeCut(to length: Int) throws -> String? { try judge(Array(bytes.prefix(length))) }

    private func judge(_ damaged: [UInt8]) throws -> String? {
        let file = Self.temporaryFile()
        defer { Self.remove(file) }
        try Data(damaged).write(to: URL(filePath: file))
        let machine = CoordinatorMachine()
        do throws(CatalogError) {
            let catalog = try SQLiteCatalog(path: file, machine: machine)
            defer { catalog.close() }
            let contents = try catalog.load()
            _ = try contents.snapshot(for: machine)
            // An empty file is a new catalog: the journal is replayed from its first record.
            if contents.checkpoint.reached == .none { return nil }
            return Self.description(of: contents) == expected ? nil : "other rows are believed"
        } catch {
            if case .unavailable(let reason) = error {
                return "it is not told to be damaged: \(reason)"
            }
            return nil
        }
    }

    /// Everything that stands in it.
    private static func description(of contents: CatalogContents) -> String {
        var text = "\(contents.checkpoint) \(contents.segments.sorted())"
        for prefix in contents.prefixes { text += "\n\(prefix)" }
        for stream in contents.streams { text += "\n\(stream)" }
        for pending in contents.pending { text += "\n\(pending)" }
        return text
    }

    private static func temporaryFile() -> String {
        let folder = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : "/tmp"
        return "\(folder)/logdog-exhaust-\(UUID().uuidString).sqlite"
    }

    private static func remove(_ file: String) {
        for companion in ["", "-wal", "-shm", "-journal"] {
            do { try FileManager.default.removeItem(atPath: file + companion) } catch { continue }
        }
    }
}
