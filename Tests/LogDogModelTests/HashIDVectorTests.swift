import LogDogModel
import TestSupport
import Testing

/// The groups of `vectors.json` about hash ids.
struct HashIDVectorTests {
    @Test func `a prefix is known by the hash of its text`() throws {
        for vector in try Vectors.group("hash_id.prefix") ?? [] {
            let input = try #require(vector.text("input"))
            #expect(HashID.ofPrefix(input).hex == vector.string("id"), "\(input)")
        }
    }

    @Test func `a stream is known by the hash of its path`() throws {
        for vector in try Vectors.group("hash_id.stream") ?? [] {
            let parts = StreamPath.split(try #require(vector.text("input")))
            let id = HashID.ofStream(prefix: parts.prefix, name: parts.name)
            #expect(id.hex == vector.string("id"))
        }
    }

    /// Where the original takes 65 digits by mistake, exactly 64 are asked for (deviation D9).
    @Test func `ids are 64 hex digits of either case`() throws {
        for vector in try Vectors.group("hash_id.normalize") ?? [] {
            let id = HashID(hex: try #require(vector.string("input")))
            let isTaken = vector.bool("ok") == true && vector.bool("quirk") != true
            #expect(id?.hex == (isTaken ? vector.string("normalized") : nil))
        }
    }
}
