import ArgumentParser
import Journal
import JournalInspection
import LogDogModel

/// Prints the records.
struct JournalDumpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Print the records in order, with what cannot be read in its place.",
        discussion: """
            Secrets are masked. Beside a server only what is durable is shown. Exits 2 if records \
            are lost.
            """)

    @OptionGroup var location: JournalLocation

    @Option(help: "The first record, or a time: 120, 2026-11-24T10:00:00Z.")
    var from: String?

    @Option(help: "The last record, or a time.")
    var to: String?

    @Option(help: "Only records of this kind: 'stream registered', or its number. Repeatable.")
    var kind: [String] = []

    @Option(help: "Only what belongs to this project.")
    var project: String?

    @Option(help: "Only what belongs to this prefix; * and ** as in a query.")
    var prefix: String?

    @Option(help: "Only this stream: NAME or PREFIX/+/NAME with * and **, or #RECORD.")
    var stream: String?

    @Option(help: "Only lines in which this regular expression is found.")
    var match: String?

    @Flag(help: "Lay log entries open.")
    var entries = false

    @Flag(help: "Payloads in base64 instead of what they say.")
    var raw = false

    @Flag(help: "Wait for what is still to come.")
    var follow = false

    @Option(help: "Begin at the record that stands in this file, and keep it up to date.")
    var cursorFile: String?

    func run() async throws {
        var selection = try selection()
        let cursor = cursorFile.map { DumpCursorFile(path: $0) }
        if let next = try cursor?.read() { selection.from = .record(next) }
        let journal = try location.open()
        let detail: RecordLine.Detail = raw ? .raw : entries ? .entries : .fields
        var dump = JournalDump(journal, selection, detail)
        let output = location.output
        while true {
            do throws(JournalError) {
                try dump.run(showsEnd: !follow) { output.print($0) }
            } catch {
                output.flush()
                throw CommandFailure(error)
            }
            output.flush()
            // Only after what comes before it was handed over.
            try cursor?.write(dump.next)
            guard follow, !dump.isComplete else { break }
            repeat {
                try await Task.sleep(for: .milliseconds(100))
            } while try !Self.hasMore(dump)
        }
        try CommandFailure.leave(ifDamaged: dump.isDamaged)
    }

    private static func hasMore(_ dump: JournalDump) throws -> Bool {
        do throws(JournalError) {
            return try dump.hasMore()
        } catch {
            throw CommandFailure(error)
        }
    }

    private func selection() throws -> RecordSelection {
        guard !raw || !entries else {
            throw ValidationError("--raw shows payloads undecoded: leave --entries out")
        }
        var selection = RecordSelection()
        selection.from = try from.map { try Self.bound($0, "--from") }
        selection.to = try to.map { try Self.bound($0, "--to") }
        for name in kind {
            guard let kind = RecordKind(named: name) else {
                let names = RecordKind.named.map(\.name).joined(separator: ", ")
                throw ValidationError("--kind takes one of \(names), or a number, not \(name)")
            }
            selection.kinds.insert(kind)
        }
        selection.names = try names()
        if let match {
            let format: OutputFormat = location.json ? .json : .text
            guard let expression = try? Regex(match) else {
                throw ValidationError("--match takes a regular expression, not \(match)")
            }
            let pattern = LinePattern(expression, format)
            selection.matches = { pattern.matches($0) }
        }
        return selection
    }

    private func names() throws -> NameSelection {
        var names = NameSelection()
        names.project = project
        do throws(PatternError) {
            if let prefix { try names.restrict(prefix: prefix) }
        } catch {
            throw ValidationError("--prefix takes a prefix or a glob, not \(prefix ?? "")")
        }
        do throws(PatternError) {
            if let stream { try names.restrict(stream: stream) }
        } catch {
            throw ValidationError(
                "--stream takes NAME, PREFIX/+/NAME or #RECORD, not \(stream ?? "")")
        }
        return names
    }

    static func bound(_ text: String, _ option: String) throws -> Bound {
        guard let bound = Bound(parsing: text) else {
            throw ValidationError(
                "\(option) takes a record number from 1 or a time such as 2026-11-24T10:00:00Z, "
                    + "not \(text)")
        }
        return bound
    }
}

/// A regular expression that is looked for in lines as they are printed.
///
/// `@unchecked Sendable`: a `Regex` without captures of our own is immutable once it is made.
private struct LinePattern: @unchecked Sendable {
    private let expression: Regex<AnyRegexOutput>
    private let format: OutputFormat

    init(_ expression: Regex<AnyRegexOutput>, _ format: OutputFormat) {
        self.expression = expression
        self.format = format
    }

    func matches(_ line: OutputLine) -> Bool { line.text(as: format).contains(expression) }
}
