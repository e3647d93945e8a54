import Journal
import LogDogModel

/// A prefix, by the record that registered it: a later one of the same name is another one.
package struct PrefixID: Hashable, Comparable, Sendable {
    package let record: RecordNumber

    package init(record: RecordNumber) { self.record = record }

    package static func < (left: PrefixID, right: PrefixID) -> Bool { left.record < right.record }
}

/// A stream, by the record that registered it.
package struct StreamID: Hashable, Comparable, Sendable {
    package let record: RecordNumber

    package init(record: RecordNumber) { self.record = record }

    package static func < (left: StreamID, right: StreamID) -> Bool { left.record < right.record }
}

/// What finds the current prefix of a name.
package struct PrefixKey: Hashable, Sendable {
    package let project: String
    package let hash: HashID

    package init(project: String, hash: HashID) {
        self.project = project
        self.hash = hash
    }
}

/// What finds the current stream of a path.
package struct StreamKey: Hashable, Sendable {
    package let project: String
    package let hash: HashID

    package init(project: String, hash: HashID) {
        self.project = project
        self.hash = hash
    }
}
