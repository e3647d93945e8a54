import LogDogModel
import Testing

struct StreamPathTests {
    @Test func `a path splits at its first segment that is a lone plus`() throws {
        let path = try StreamPath(parsing: "a/b/+/c/d")
        #expect(path.prefix == "a/b")
        #expect(path.name == "c/d")
        #expect(path.text == "a/b/+/c/d")
        #expect(StreamPath.split("a/+/b/+/c") == ("a", true, "b/+/c"))
        #expect(StreamPath.split("a/b+/c") == ("a/b+/c", false, ""))
        #expect(StreamPath.split("a/+") == ("a", true, ""))
    }

    @Test(arguments: ["", "a", "a/+", "a/+/", "/+/b", "a/+/b/+/c", "a/+//b", "a/++/b"])
    func `a path needs two valid halves`(text: String) {
        #expect(throws: NameError.self) { try StreamPath(parsing: text) }
    }

    @Test func `both halves may be as long as a name may be`() throws {
        let half = String(repeating: "x", count: 4096)
        #expect(try StreamPath(parsing: "\(half)/+/\(half)").text.utf8.count == 8195)
        #expect(throws: NameError.tooLong(limit: 4096)) {
            try StreamPath(parsing: "\(half)x/+/a")
        }
    }

    @Test func `an address names a project and perhaps a host`() throws {
        let far = try StreamAddress(parsing: "logdog://host:80/proj/a/+/b")
        #expect(far.host == "host:80")
        #expect(far.project == "proj")
        #expect(far.path.text == "a/+/b")
        let near = try StreamAddress(parsing: "proj/a/+/b")
        #expect(near.host == nil)
        #expect(near.path == far.path)
    }

    @Test(arguments: ["http://h/p/a/+/b", "logdog://h/p", "logdog:///p/a/+/b", "P/a/+/b", "p", ""])
    func `other addresses are refused`(text: String) {
        #expect(throws: NameError.self) { try StreamAddress(parsing: text) }
    }
}

struct HashIDTests {
    /// `printf testing | sha256sum`, `printf testing/+/foo | sha256sum`.
    private static let prefix = "cf80cd8aed482d5d1527d7dc72fceff84e6326592848447d2dc0b0e87dfc9a90"
    private static let stream = "4a9521984deb72dd3b178116fe396be9a1a4b981cb52db27e8035a7985e70ec7"

    @Test func `ids are the SHA-256 of the text`() {
        #expect(HashID.ofPrefix("testing").hex == Self.prefix)
        #expect(HashID.ofStream(prefix: "testing", name: "foo").hex == Self.stream)
        #expect(StreamPath(prefix: "testing", name: "foo").hash.hex == Self.stream)
    }

    @Test func `ids come back from hex of either case and from bytes`() throws {
        let id = HashID.ofPrefix("testing")
        #expect(HashID(hex: Self.prefix) == id)
        #expect(HashID(hex: Self.prefix.uppercased()) == id)
        #expect(HashID(bytes: id.bytes) == id)
        #expect(id.bytes.count == 32)
    }

    @Test func `nothing but 64 hex digits is an id`() {
        for text in [
            "", String(Self.prefix.dropLast()), Self.prefix + "0", "g" + Self.prefix.dropLast(),
        ] {
            #expect(HashID(hex: text) == nil, "\(text)")
        }
        #expect(HashID(bytes: Array(repeating: 0, count: 31)) == nil)
    }

    @Test func `ids are ordered as their hex digits are`() {
        let ids = (0..<100).map { HashID.ofPrefix("p\($0)") }
        #expect(ids.sorted().map(\.hex) == ids.map(\.hex).sorted())
    }
}
