import ArgumentParser
import Journal
import JournalInspection

/// Looks into the journal of a data directory, also while a server writes it.
struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Look into the journal of a data directory; never changes it.",
        subcommands: [Dump.self, Verify.self, Stat.self])

    /// The journal that a command is about.
    struct Location: ParsableArguments {
        @Option(help: "The data directory; a server may be using it.")
        var data: String

        @Flag(help: "One JSON object a line.")
        var json = false

        func open() throws -> InspectedJournal {
            do throws(JournalError) {
                return try InspectedJournal(data: data)
            } catch {
                throw CommandFailure(error)
            }
        }

        func print(_ line: DumpLine) {
            StandardOutput.write(Array(((json ? line.json : line.text) + "\n").utf8))
        }
    }
}

extension CommandFailure {
    /// The exit code of a journal that cannot be read.
    init(_ error: JournalError) {
        switch error {
        case .damaged: self.init(.damageFound, "\(error)")
        case .unsupportedVersion: self.init(.newerFormat, "\(error)")
        case .locked: self.init(.locked, "\(error)")
        default: self.init(.inputOutput, "\(error)")
        }
    }
}

extension JournalCommand {
    /// Prints the records.
    struct Dump: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the records in order, with what cannot be read in its place.")

        @OptionGroup var location: Location

        @Option(help: "The first record.")
        var from: UInt64 = 1

        @Option(help: "The last record.")
        var to: UInt64 = .max

        @Option(help: "Only records of this kind, such as 'stream registered'; may be repeated.")
        var kind: [String] = []

        func run() async throws {
            var filter = JournalDump.Filter()
            filter.from = RecordNumber(rawValue: max(1, from))
            filter.to = RecordNumber(rawValue: to)
            filter.kinds = Set(kind)
            let journal = try location.open()
            let isDamaged: Bool
            do throws(JournalError) {
                isDamaged = try JournalDump(journal, filter).run { location.print($0) }
            } catch {
                throw CommandFailure(error)
            }
            guard !isDamaged else { throw ExitCode(ExitStatus.damageFound.rawValue) }
        }
    }

    /// Checks all of it.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every checksum, chain, footer and record; exits 2 if any is damaged.")

        @OptionGroup var location: Location

        func run() async throws {
            let journal = try location.open()
            let report: JournalVerify.Report
            do throws(JournalError) {
                report = try JournalVerify(journal).run()
            } catch {
                throw CommandFailure(error)
            }
            for problem in report.problems {
                location.print(DumpLine([("damage", .text(problem))]))
            }
            if let uncovered = report.uncovered {
                location.print(DumpLine([("end", .text(uncovered))]))
            }
            location.print(
                DumpLine([
                    ("verdict", .text(report.isSound ? "sound" : "damaged")),
                    ("segments", .number(UInt64(report.segments))),
                    ("blocks", .number(UInt64(report.blocks))),
                    ("records", .number(UInt64(report.records))),
                    ("lastRecord", .number(report.lastRecord.rawValue)),
                    ("storedBytes", .number(UInt64(report.storedBytes))),
                ]))
            guard report.isSound else { throw ExitCode(ExitStatus.damageFound.rawValue) }
        }
    }

    /// Counts what there is.
    struct Stat: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Count segments, blocks, records and bytes by kind.")

        @OptionGroup var location: Location

        func run() async throws {
            let journal = try location.open()
            do throws(JournalError) {
                for line in try JournalStat(journal).lines { location.print(line) }
            } catch {
                throw CommandFailure(error)
            }
        }
    }
}
