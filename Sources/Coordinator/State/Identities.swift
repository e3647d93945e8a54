import Journal
import LogDogModel

/// A prefix, by the record that registered it: a later one of the same name is another one.
package struct PrefixID: Hashable, Comparable, Sendable {
    /// The record that registered it.
    package let record: RecordNumber

    /// Any number will do; whether something has it, a state tells.
    package init(record: RecordNumber) { self.record = record }

    package static func < (left: PrefixID, right: PrefixID) -> Bool { left.record < right.record }
}

/// A stream, by the record that registered it.
package struct StreamID: Hashable, Comparable, Sendable {
    /// The record that registered it.
    package let record: RecordNumber

    /// Any number will do; whether something has it, a state tells.
    package init(record: RecordNumber) { self.record = record }

    package static func < (left: StreamID, right: StreamID) -> Bool { left.record < right.record }
}

/// What finds the current prefix of a name.
package struct PrefixKey: Hashable, Sendable {
    /// Names are unique only inside a project.
    package let project: String
    /// Of the prefix, or of the path.
    package let hash: HashID

    /// Any project and hash will do.
    package init(project: String, hash: HashID) {
        self.project = project
        self.hash = hash
    }
}

/// What finds the current stream of a path.
package struct StreamKey: Hashable, Sendable {
    /// Names are unique only inside a project.
    package let project: String
    /// Of the prefix, or of the path.
    package let hash: HashID

    /// Any project and hash will do.
    package init(project: String, hash: HashID) {
        self.project = project
        self.hash = hash
    }
}
