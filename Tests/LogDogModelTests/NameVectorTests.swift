import LogDogModel
import TestSupport
import Testing

/// Names, paths, ids, tags and addresses against `vectors.json`.
@Suite struct NameVectorTests {
    private func isValid(_ check: () throws(NameError) -> Void) -> Bool {
        do throws(NameError) {
            try check()
            return true
        } catch {
            return false
        }
    }

    /// The text of a case, which long ones spell as a unit and a count.
    private func text(_ vector: JSONObject, _ member: String = "input") -> String? {
        if let text = vector.string(member) { return text }
        for name in ["repeat", "\(member)_repeat"] {
            guard let spelled = vector.members[name] as? [Any], spelled.count == 2,
                let unit = spelled[0] as? String, let count = spelled[1] as? Int
            else { continue }
            return String(repeating: unit, count: count)
        }
        return nil
    }

    @Test func `prefixes and streams have their hash ids`() throws {
        for vector in try Vectors.group("hash_id.prefix") ?? [] {
            let prefix = try #require(text(vector))
            #expect(HashID.ofPrefix(prefix).hex == vector.string("id"), "\(prefix)")
        }
        for vector in try Vectors.group("hash_id.stream") ?? [] {
            let path = StreamPath.split(try #require(text(vector)))
            #expect(
                HashID.ofStream(prefix: path.prefix, name: path.name).hex == vector.string("id"))
        }
    }

    @Test func `ids are 64 hex digits of either case`() throws {
        for vector in try Vectors.group("hash_id.normalize") ?? [] {
            let input = try #require(text(vector))
            let id = HashID(hex: input)
            // The original lets 65 digits pass (deviation D9); exactly 64 are wanted here.
            let isWanted = vector.bool("ok") == true && input.utf8.count == 64
            #expect((id != nil) == isWanted, "\(vector.members)")
            if let id { #expect(id.hex == vector.string("normalized")) }
        }
    }

    @Test func `stream names are valid as listed`() throws {
        for vector in try Vectors.group("stream_name.validate") ?? [] {
            let name = try #require(text(vector))
            let valid = isValid { () throws(NameError) in try Names.check(streamName: name) }
            #expect(valid == vector.bool("valid"), "\(name.prefix(60))")
        }
    }

    @Test func `paths split at the first separator`() throws {
        for vector in try Vectors.group("stream_path.split_and_validate") ?? [] {
            let path = try #require(text(vector))
            let parts = StreamPath.split(path)
            if let prefix = vector.string("prefix") { #expect(parts.prefix == prefix, "\(path)") }
            if let name = vector.string("name") { #expect(parts.name == name, "\(path)") }
            if let has = vector.bool("separator") { #expect(parts.hasSeparator == has, "\(path)") }
            let valid = isValid { () throws(NameError) in _ = try StreamPath(parsing: path) }
            #expect(valid == vector.bool("valid"), "\(path.prefix(60))")
        }
    }

    @Test func `names are made of free text`() throws {
        for vector in try Vectors.group("stream_name.make") ?? [] {
            var made: String?
            do throws(NameError) {
                made = try Names.makeStreamName(
                    fill: vector.string("fill") ?? "", segments: vector.strings("segments"))
            } catch {}
            #expect(made == vector.string("output"), "\(vector.members)")
        }
    }

    @Test func `tags, projects and realms are valid as listed`() throws {
        for vector in try Vectors.group("tag.validate") ?? [] {
            let key = text(vector, "key") ?? ""
            let value = text(vector, "value") ?? ""
            let valid = isValid { () throws(NameError) in
                try Names.checkTag(key: key, value: value)
            }
            #expect(valid == vector.bool("valid"), "\(vector.members)")
        }
        for vector in try Vectors.group("project_name.validate") ?? [] {
            let name = try #require(text(vector))
            let valid = isValid { () throws(NameError) in try Names.check(projectName: name) }
            #expect(valid == vector.bool("valid"), "\(name.prefix(60))")
        }
        for vector in try Vectors.group("realm_name.validate_project_scope") ?? [] {
            let name = try #require(text(vector))
            let valid = isValid { () throws(NameError) in try Names.check(shortRealm: name) }
            #expect(valid == vector.bool("valid"), "\(name.prefix(60))")
        }
    }

    @Test func `topics that current clients take are told apart`() throws {
        for vector in try Vectors.group("pubsub_topic.validate") ?? [] {
            let topic = try #require(text(vector))
            #expect(Names.isTopic(topic) == vector.bool("valid"), "\(topic.prefix(60))")
        }
    }

    @Test func `stream addresses parse`() throws {
        for vector in try Vectors.group("stream_addr.parse") ?? [] {
            let input = try #require(text(vector))
            guard input.hasPrefix("logdog://") || vector.bool("ok") == true else { continue }
            var address: StreamAddress?
            do throws(NameError) { address = try StreamAddress(parsing: input) } catch {}
            #expect((address != nil) == vector.bool("ok"), "\(input)")
            guard let address else { continue }
            #expect(address.host == vector.string("host"))
            #expect(address.project == vector.string("project"))
            #expect(address.path.text == vector.string("path"))
        }
    }

    @Test func `path expressions match what the original matches`() throws {
        for vector in try Vectors.group("query.path.current") ?? [] {
            let query = try #require(text(vector, "query"))
            var pattern: PathPattern?
            do throws(PatternError) { pattern = try PathPattern(query) } catch {}
            #expect((pattern == nil) == vector.has("error"), "\(query)")
            guard let pattern else { continue }
            #expect(pattern.prefix == vector.string("prefix") ?? pattern.prefix)
            #expect(pattern.regularExpression == vector.string("regex"), "\(query)")
            for (member, expected) in [("match", true), ("no_match", false)] {
                for path in vector.strings(member).map(StreamPath.split) {
                    let matches = path.prefix == pattern.prefix && pattern.matches(name: path.name)
                    #expect(matches == expected, "\(query) and \(path)")
                }
            }
        }
    }
}
