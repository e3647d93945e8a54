import Coordinator
import Journal
import LogDogModel

/// Which prefixes and streams are wanted, by their names.
package struct NameSelection: Sendable {
    /// Nil for all projects.
    package var project: String?
    private var prefix: PathPattern?
    private var stream: PathPattern?
    /// The record that registered the one stream that is wanted.
    private var streamRecord: RecordNumber?

    /// All names.
    package init() {}

    package var isEverything: Bool {
        project == nil && prefix == nil && stream == nil && streamRecord == nil
    }

    /// Restricts to a prefix, by name or by a glob as in a query.
    package mutating func restrict(prefix glob: String) throws(PatternError) {
        prefix = try Self.pattern(glob)
    }

    /// Restricts to a stream: `NAME` or `PREFIX/+/NAME`, both with globs, or `#RECORD`.
    package mutating func restrict(stream text: String) throws(PatternError) {
        if text.hasPrefix("#"), let record = UInt64(text.dropFirst()) {
            streamRecord = RecordNumber(rawValue: record)
            return
        }
        let parts = StreamPath.split(text)
        if parts.hasSeparator { try restrict(prefix: parts.prefix) }
        stream = try Self.pattern(parts.hasSeparator ? parts.name : parts.prefix)
    }

    /// Globs are about names behind `/+/`; prefixes have the same grammar.
    private static func pattern(_ glob: String) throws(PatternError) -> PathPattern {
        try PathPattern("any/+/\(glob)")
    }

    /// Never once a stream is asked for: only what is about it is wanted then.
    func includes(_ candidate: PrefixState) -> Bool {
        (project ?? candidate.project) == candidate.project
            && streamRecord == nil && stream == nil
            && (prefix?.matches(name: candidate.prefix) ?? true)
    }

    func includes(_ candidate: StreamState) -> Bool {
        (project ?? candidate.project) == candidate.project
            && (streamRecord ?? candidate.id.record) == candidate.id.record
            && (prefix?.matches(name: candidate.path.prefix) ?? true)
            && (stream?.matches(name: candidate.path.name) ?? true)
    }
}
