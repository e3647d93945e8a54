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
                (stream.terminalIndex != nil || stream.archive != nil)
                    == (stream.terminatedAt != nil),
                "a stream has a time of termination exactly when it is terminated or archived")
            precondition(
                stream.archive == nil || stream.archivalKey.isEmpty,
                "an archived stream waits for no archival")
            precondition(
                stream.archive == nil || stream.received == ReceivedRanges(),
                "an archived stream has received nothing")
            precondition(stream.updated >= stream.created, "a stream changes after it began")
            sum.add(stream.digestEncoding)
        }
        let known = prefixes.keys.reduce(0) { sum, prefix in
            let ids = streamIDs(of: prefix)
            precondition(
                ids.allSatisfy { streams[$0]?.prefix == prefix }, "a prefix knows its streams")
            return sum + ids.count
        }
        precondition(known == streams.count, "every stream is known to its prefix")
        sum += residency.coldDigest
        precondition(sum == digest, "the digest kept up is the digest of all entities")
        precondition(
            openStreams == streams.values.count { $0.archive == nil },
            "every stream that is not archived is counted")
        checkTasks()
    }

    private func checkTasks() {
        var sum = StateDigest()
        var ready = 0
        for task in tasks.all {
            precondition(streams[task.stream] != nil, "a task has a stream")
            precondition(
                streams[task.stream]?.archivalState != .archivedComplete,
                "nothing is left to do for a stream that is archived completely")
            if task.hold == nil { ready += 1 }
            sum.add(task.digestEncoding)
        }
        precondition(sum == tasks.digest, "the digest kept up is the digest of all tasks")
        precondition(ready == tasks.readyCount, "the ready queue holds what is not hidden")
    }
}
