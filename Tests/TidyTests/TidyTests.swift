import Foundation
import Testing

/// Reads the tree: what reviewers would otherwise have to look for.
@Suite struct TidyTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Swift files below `folders`, by path from the root; generated ones aside.
    private static func sources(_ folders: String...) throws -> [(path: String, text: String)] {
        try folders.flatMap { folder -> [(path: String, text: String)] in
            let base = root.appending(path: folder)
            let names = FileManager.default.enumerator(atPath: base.path)?.allObjects ?? []
            return try names.compactMap { $0 as? String }
                .filter { $0.hasSuffix(".swift") && !$0.hasPrefix("LogDogProtos/") }
                .map { name in
                    let url = base.appending(path: name)
                    return ("\(folder)/\(name)", try String(contentsOf: url, encoding: .utf8))
                }
        }
    }

    @Test func `no file is longer than 400 lines`() throws {
        let files = try Self.sources("Sources", "Tests", "Benchmarks")
        #expect(files.count > 100)
        for file in files {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 401, "\(file.path) has \(lines) lines")
        }
    }

    @Test func `names say something`() throws {
        let banned = ["Utils", "Util", "Helpers", "Helper", "Common", "Manager", "Base", "Misc"]
        for file in try Self.sources("Sources") {
            let name = URL(filePath: file.path).deletingPathExtension().lastPathComponent
            #expect(!banned.contains { name.hasSuffix($0) }, "\(file.path)")
        }
    }

    @Test func `nothing in the product traps on input or silences an error`() throws {
        for file in try Self.sources("Sources") {
            for banned in ["try!", " as! ", "fatalError(", "TODO", "FIXME", "unsafeFlags"] {
                #expect(!file.text.contains(banned), "\(file.path): \(banned)")
            }
        }
    }

    @Test func `clocks and randomness enter through Platform alone`() throws {
        for file in try Self.sources("Sources/Coordinator", "Sources/Tumble", "Sources/Journal") {
            for banned in ["Date()", "ContinuousClock", ".random(", "hashValue", "Locale"] {
                #expect(!file.text.contains(banned), "\(file.path): \(banned)")
            }
        }
    }

    @Test func `tests do not sleep`() throws {
        for file in try Self.sources("Tests")
        where !file.path.hasSuffix("TidyTests.swift")
            && !file.path.hasSuffix("HTTPServerTests.swift")
        {
            for banned in ["Thread.sleep", "usleep(", "Task.sleep"] {
                #expect(!file.text.contains(banned), "\(file.path): \(banned)")
            }
        }
    }

    /// The floors of the house: a target imports only from lower ones.
    private static let floors: [[String]] = [
        ["CZlib", "CLinux"], ["ByteCoding", "LogDogProtos", "Platform", "RPCStatus"],
        ["Journal", "LogDogModel", "PRPCServer"],
        ["Tumble", "ButlerProtocol", "StreamArchive", "ServiceConfiguration"],
        ["Coordinator", "LogDogClient", "AccessControl", "S3Store"], ["ReadModels"],
        ["LogDogServices", "JournalInspection", "Archivist"],
        ["LogDogServer", "JournalRepair"], ["logdog"],
    ]

    @Test func `targets import only from lower floors`() throws {
        for (floor, targets) in Self.floors.enumerated() {
            let notBelow = Set(Self.floors[floor...].flatMap { $0 })
            for target in targets where !["CZlib", "CLinux", "LogDogProtos"].contains(target) {
                for file in try Self.sources("Sources/\(target)") {
                    for line in file.text.split(separator: "\n") where line.hasPrefix("import ") {
                        let imported = String(line.dropFirst("import ".count))
                        #expect(
                            !notBelow.contains(imported), "\(file.path) imports \(imported)")
                    }
                }
            }
        }
        for machinery in ["Journal", "Tumble", "PRPCServer"] {
            for file in try Self.sources("Sources/\(machinery)") {
                #expect(!file.text.contains("import LogDog"), "\(file.path) knows LogDog")
            }
        }
    }

    @Test func `links in documents lead somewhere`() throws {
        var documents = ["README.md"]
        for folder in ["Sources", "Tests", "Benchmarks", "Fixtures"] {
            let base = Self.root.appending(path: folder).path
            let names = FileManager.default.enumerator(atPath: base)?.allObjects ?? []
            documents += names.compactMap { $0 as? String }.filter { $0.hasSuffix(".md") }
                .map { "\(folder)/\($0)" }
        }
        for document in documents {
            let url = Self.root.appending(path: document)
            let text = try String(contentsOf: url, encoding: .utf8)
            for match in text.matches(of: /\]\(([^)#]+)\)/) where !match.1.contains("://") {
                let target = url.deletingLastPathComponent().appending(path: String(match.1))
                #expect(
                    FileManager.default.fileExists(atPath: target.path),
                    "\(document) links to \(match.1)")
            }
        }
    }
}
