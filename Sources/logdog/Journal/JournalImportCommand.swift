import ArgumentParser
import Foundation
import Journal
import JournalRepair
import Platform

/// Makes a journal from an export.
struct JournalImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make a journal from an export, in a directory that has none.",
        discussion: """
            An export that names lost records is refused with exit code 2, and all of them are \
            told. What no export carries is told behind a good one.
            """)

    @Option(help: "The data directory; created if it is not there.")
    var data: String

    @Argument(help: "The export; standard input if it is left out.")
    var file: String?

    func run() async throws {
        let input: FileHandle
        if let file {
            guard let handle = FileHandle(forReadingAtPath: file) else {
                throw CommandFailure(.inputOutput, "cannot read \(file)")
            }
            input = handle
        } else {
            input = .standardInput
        }
        let summary: JournalImport.Summary
        do {
            summary = try JournalImport(
                into: data, files: SystemFileSystem(), clock: SystemClock()
            ).run { try input.read(upToCount: 1 << 20) ?? Data() }
        } catch let error as ImportError {
            throw CommandFailure(error)
        } catch {
            throw CommandFailure(.inputOutput, "\(error.localizedDescription)")
        }
        StandardOutput.note("\(summary.records) records up to \(summary.last)")
        StandardOutput.note(
            """
            not in the export, so not here: \(summary.filled) numbers of index records or of what \
            rewriting left out (index records without content have them), block and segment \
            bounds, stamps, and what rewriting relied on
            """)
    }
}

extension CommandFailure {
    /// The exit code of an export that was not taken.
    init(_ error: ImportError) {
        switch error {
        case .journal(let error): self.init(error)
        case .file: self.init(.inputOutput, "\(error)")
        case .line(_, .newerFormat): self.init(.newerFormat, "\(error)")
        case .checksum, .cutShort, .lost: self.init(.damageFound, "\(error)")
        default: self.init(.refused, "\(error)")
        }
    }
}
