import LogDogModel
import TestSupport
import Testing

/// The groups of `vectors.json` about names, paths and what is made of them.
struct NameVectorTests {
    @Test(arguments: [
        "stream_name.validate", "project_name.validate", "realm_name.validate_project_scope",
        "pubsub_topic.validate",
    ])
    func `names are valid or not as the vectors say`(group: String) throws {
        for vector in try Vectors.group(group) ?? [] {
            let input = try #require(vector.text("input"))
            let isValid =
                switch group {
                case "stream_name.validate": holds { try Names.check(streamName: input) }
                case "project_name.validate": holds { try Names.check(projectName: input) }
                case "pubsub_topic.validate": Names.isTopic(input)
                default: holds { try Names.check(shortRealm: input) }
                }
            #expect(isValid == vector.bool("valid"), "\(group): \(input.prefix(80))")
        }
    }

    @Test func `tags are valid or not as the vectors say`() throws {
        for vector in try Vectors.group("tag.validate") ?? [] {
            let key = try #require(vector.text("key", repeated: "key_repeat"))
            let value = try #require(vector.text("value", repeated: "value_repeat"))
            let isValid = holds { try Names.checkTag(key: key, value: value) }
            #expect(isValid == vector.bool("valid"), "\(key.prefix(80))")
        }
    }

    @Test func `paths split at the first lone plus`() throws {
        for vector in try Vectors.group("stream_path.split_and_validate") ?? [] {
            let input = try #require(vector.string("input"))
            let parts = StreamPath.split(input)
            #expect(parts.prefix == vector.string("prefix"), "\(input)")
            #expect(parts.hasSeparator == vector.bool("separator"), "\(input)")
            #expect(parts.name == vector.string("name"), "\(input)")
            let isValid = holds { _ = try StreamPath(parsing: input) }
            #expect(isValid == vector.bool("valid"), "\(input)")
        }
    }

    @Test func `the last segment comes off until none is left`() throws {
        for vector in try Vectors.group("stream_path.split_last") ?? [] {
            var rest = try #require(vector.string("input"))
            var pieces: [String] = []
            repeat {
                let split = Names.splitLast(rest)
                pieces.append(split.last)
                rest = split.rest
            } while !rest.isEmpty
            #expect(pieces == vector.strings("pieces"))
        }
    }

    @Test func `halves are joined without their outer slashes`() throws {
        for vector in try Vectors.group("stream_name.join") ?? [] {
            let path = StreamPath.joined(
                prefix: try #require(vector.string("prefix")),
                name: try #require(vector.string("name")))
            #expect(path == vector.string("path"))
        }
        for vector in try Vectors.group("stream_name.trim") ?? [] {
            let input = try #require(vector.string("input"))
            #expect(Names.trimmed(input) == vector.string("output"))
        }
    }

    @Test func `names are made of free text`() throws {
        for vector in try Vectors.group("stream_name.make") ?? [] {
            let fill = try #require(vector.string("fill"))
            let segments = vector.strings("segments")
            if vector.bool("error") == true {
                #expect(throws: NameError.self) {
                    try Names.makeStreamName(fill: fill, segments: segments)
                }
            } else {
                let made = try Names.makeStreamName(fill: fill, segments: segments)
                #expect(made == vector.string("output"))
            }
        }
    }

    @Test func `names come apart into segments and namespaces`() throws {
        for vector in try Vectors.group("stream_name.segments") ?? [] {
            let segments = Names.segments(of: try #require(vector.string("input")))
            #expect(segments == vector.strings("segments"))
            #expect(segments.count == vector.int("count"))
        }
        for vector in try Vectors.group("stream_name.namespaces") ?? [] {
            let input = try #require(vector.string("input"))
            #expect(Names.namespaces(of: input) == vector.strings("output"))
        }
    }

    @Test func `stream addresses name host, project and path`() throws {
        for vector in try Vectors.group("stream_addr.parse") ?? [] {
            let input = try #require(vector.string("input"))
            guard vector.bool("ok") == true else {
                #expect(throws: NameError.self, "\(input)") {
                    try StreamAddress(parsing: input)
                }
                continue
            }
            let address = try StreamAddress(parsing: input)
            #expect(address.host == vector.string("host"))
            #expect(address.project == vector.string("project"))
            #expect(address.path.text == vector.string("path"))
        }
    }
}
