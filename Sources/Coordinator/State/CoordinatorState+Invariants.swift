import Tumble

extension CoordinatorState {
    /// What must hold after every event. Costs the whole state: for tests and debug builds.
    package func checkInvariants() {
        var sum = StateDigest()
        for (id, prefix) in prefixes {
            precondition(prefix.id == id, "a prefix stands under its own identity")
            precondition(prefix.created <= prefix.expires, "a prefix expires after it began")
            sum.add(prefix.digestEncoding)
        }
        for (id, stream) in streams {
            precondition(stream.id == id, "a stream stands under its own identity")
            precondition(prefixes[stream.prefix] != nil, "a stream has a prefix")
            precondition(
                (stream.terminalIndex == nil) == (stream.terminatedAt == nil),
                "a stream has a time of termination exactly when it is terminated")
            precondition(stream.updated >= stream.created, "a stream changes after it began")
            sum.add(stream.digestEncoding)
        }
        precondition(sum == digest, "the digest kept up is the digest of all entities")
    }
}
