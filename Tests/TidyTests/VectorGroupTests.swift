import Foundation
import TestSupport
import Testing

/// Which groups of the vectors some suite runs: the rest never counts as passed.
struct VectorGroupTests {
    @Test func `groups that no suite runs are listed as not run`() throws {
        let asked = try Self.askedFor()
        let groups = try Self.groups()
        for group in groups where !asked.contains(group) {
            Vectors.notRun(group, because: Self.reason(for: group))
        }
        // Groups of another set, which LOGDOG_VECTORS may name, are its own.
        guard ProcessInfo.processInfo.environment["LOGDOG_VECTORS"] == nil, !groups.isEmpty
        else { return }
        #expect(groups.contains { asked.contains($0) }, "no suite asks for any group")
    }

    /// The first that a group's name begins with.
    private static let reasons: [(beginning: String, reason: String)] = [
        ("tumble.", "it is about the original's own scheduler"),
        ("handshake", "there is no stream server yet"),
        ("archive_request.", "the original logs it, and stores something else"),
        ("bigtable", "it is about the original's own storage"),
    ]

    private static func reason(for group: String) -> String {
        return reasons.first { group.hasPrefix($0.beginning) }?.reason ?? "no suite runs it yet"
    }

    /// Groups of `vectors.json`, then of `format-vectors.json`.
    private static func groups() throws -> [String] {
        var groups: [String] = []
        for name in ["vectors.json", "format-vectors.json"] {
            guard let url = Vectors.file(name) else {
                Vectors.notRun(name, because: "the file is not there")
                continue
            }
            let root = try JSONObject(
                JSONSerialization.jsonObject(with: Data(contentsOf: url)))
            groups += root.objects("groups").compactMap { $0.string("group") }
            groups += root.members.keys.filter { root.object($0) != nil }.sorted()
        }
        return groups
    }

    /// Every text in quotation marks in the suites that read vectors.
    private static func askedFor() throws -> Set<String> {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
        var asked: Set<String> = []
        let files = FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)
        for case let file as URL in files ?? .init()
        where file.pathExtension == "swift" && file != URL(filePath: #filePath) {
            let text = try String(contentsOf: file, encoding: .utf8)
            let marks = ["Vectors.group(", "Vectors.formatGroup("]
            guard marks.contains(where: text.contains) else { continue }
            // Names without a dot, such as `http`, are words of other meanings as well.
            asked.formUnion(
                text.split(separator: "\"").map(String.init).filter { $0.contains(".") })
            asked.formUnion(text.matches(of: /formatGroup\("(\w+)"/).map { String($0.output.1) })
        }
        return asked
    }
}
