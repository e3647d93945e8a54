import LogDogModel
import Testing

struct NamesTests {
    @Test(arguments: ["a", "0", "a/b", "foo/bar.baz_qux-1:2", "hi....", "9/8"])
    func `names of letters, digits and four signs are taken`(name: String) throws {
        try Names.check(streamName: name)
    }

    @Test(arguments: [
        ("", NameError.empty), ("/a", .emptySegment), ("a/", .emptySegment),
        ("a//b", .emptySegment), ("_a", .badFirstCharacter), ("a/.b", .badFirstCharacter),
        ("a b", .badCharacter), ("a/+/b", .badFirstCharacter), ("é", .badFirstCharacter),
        ("aé", .badCharacter), ("a*", .badCharacter),
    ])
    func `other names are refused with the reason`(name: String, reason: NameError) {
        #expect(throws: reason) { try Names.check(streamName: name) }
    }

    @Test func `a name has at most 4096 bytes`() throws {
        try Names.check(streamName: String(repeating: "a", count: 4096))
        #expect(throws: NameError.tooLong(limit: 4096)) {
            try Names.check(streamName: String(repeating: "a", count: 4097))
        }
    }

    @Test func `a tag has a key of at most 64 bytes and a value of at most 4096`() throws {
        let longKey = String(repeating: "k", count: 64)
        let longValue = String(repeating: "v", count: 4096)
        try Names.checkTag(key: longKey, value: longValue)
        try Names.checkTag(key: "k", value: "")
        #expect(throws: NameError.tooLong(limit: 64)) {
            try Names.checkTag(key: longKey + "k", value: "")
        }
        #expect(throws: NameError.tooLong(limit: 4096)) {
            try Names.checkTag(key: "k", value: longValue + "v")
        }
        #expect(throws: NameError.empty) { try Names.checkTag(key: "", value: "v") }
    }

    @Test func `a project begins with a small letter`() throws {
        try Names.check(projectName: "proj-foo_9")
        for name in ["", "9a", "-a", "Foo", "a.b", "a/b"] {
            #expect(throws: NameError.self, "\(name)") { try Names.check(projectName: name) }
        }
    }

    @Test func `a realm has at most 400 small characters or is one of three special ones`() throws {
        for realm in ["realm", "a/b.c_d-0", "@root", "@legacy", "@project"] {
            try Names.check(shortRealm: realm)
        }
        try Names.check(shortRealm: String(repeating: "r", count: 400))
        for realm in ["", "@zzz", "p:r", "Realm", String(repeating: "r", count: 401)] {
            #expect(throws: NameError.self, "\(realm)") { try Names.check(shortRealm: realm) }
        }
    }

    @Test func `topics are those that deployed clients take`() {
        #expect(Names.isTopic("projects/logdog/topics/bundles"))
        for text in [
            "", "bundles", "projects//topics/abc", "projects/p/topics/ab",
            "projects/p/topics/1abc", "projects/p/topics/google", "projects/p/topics/a/b",
            "projects/p/subscriptions/abc",
        ] {
            #expect(!Names.isTopic(text), "\(text)")
        }
    }

    @Test func `free text becomes a name`() throws {
        let made = try Names.makeStreamName(fill: "s_", segments: ["a b/c", "-x", ""])
        #expect(made == "a_b_c/s_-x/s_")
        #expect(throws: NameError.emptySegment) {
            try Names.makeStreamName(fill: "", segments: ["a", ""])
        }
    }

    @Test func `names come apart`() {
        #expect(Names.trimmed("//a//b/") == "a//b")
        #expect(Names.segments(of: "a/b") == ["a", "b"])
        #expect(Names.segments(of: "") == [])
        #expect(Names.namespaces(of: "a/b/c") == ["a/b/", "a/", ""])
        #expect(Names.splitLast("a/b/c") == ("a/b", "c"))
        #expect(Names.splitLast("/a") == ("", "/a"))
    }
}
