import LogDogProtos
import SwiftProtobuf

/// What is found to be wrong while a configuration is checked: everything, not the first alone.
struct Findings {
    /// So many are told; one mistake may show in many places.
    private static let limit = 100

    private(set) var problems: [ConfigurationProblem] = []

    mutating func add(_ problem: ConfigurationProblem) {
        guard problems.count < Self.limit else { return }
        problems.append(problem)
    }

    /// A duration that may be absent, but not negative or out of range.
    mutating func duration<Content>(
        _ value: Google_Protobuf_Duration?, at path: [FieldStep],
        in file: ConfigurationFile<Content>
    ) -> Duration? {
        guard let value else { return nil }
        guard (0...315_576_000_000).contains(value.seconds),
            (0..<1_000_000_000).contains(value.nanos)
        else {
            add(file.problem(at: path, "a duration is from 0 to 315576000000 seconds"))
            return nil
        }
        return .seconds(value.seconds) + .nanoseconds(Int64(value.nanos))
    }

    /// The name of a group that has to be there; nil for none.
    mutating func group<Content>(
        _ name: String, _ known: Set<String>, at path: [FieldStep],
        in file: ConfigurationFile<Content>
    ) -> String? {
        guard !name.isEmpty else { return nil }
        guard known.contains(name) else {
            add(file.problem(at: path, "access.cfg has no group \(name)"))
            return nil
        }
        return name
    }
}

/// Things that name things of their own kind: groups in groups, realms that extend realms.
enum Circle {
    /// Some name from which the names lead back to itself; nil if there is none.
    static func first(in graph: [String: [String]]) -> String? {
        var done: Set<String> = []
        for start in graph.keys.sorted() where !done.contains(start) {
            var path: [String] = [start]
            var pending: [[String]] = [graph[start] ?? []]
            var onPath: Set<String> = [start]
            while var open = pending.popLast() {
                guard let next = open.popLast() else {
                    let finished = path.removeLast()
                    onPath.remove(finished)
                    done.insert(finished)
                    continue
                }
                pending.append(open)
                if onPath.contains(next) { return next }
                guard !done.contains(next) else { continue }
                path.append(next)
                onPath.insert(next)
                pending.append(graph[next] ?? [])
            }
        }
        return nil
    }
}
