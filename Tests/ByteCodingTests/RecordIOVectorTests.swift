import ByteCoding
import TestSupport
import Testing

/// Frames and varints of `format-vectors.json`, group `recordio`.
struct RecordIOVectorTests {
    @Test func `a frame is a varint length and the data`() throws {
        for vector in try Vectors.formatGroup("recordio")?.objects("frames") ?? [] {
            let data = try Self.data(vector)
            var frame: [UInt8] = []
            RecordIO.append(data, to: &frame)
            let header = try #require(vector.hex("header_hex"))
            #expect(frame == header + data)
            #expect(frame.count == vector.int("frame_len"))
            #expect(varintLength(UInt64(data.count)) == vector.int("header_size"))
        }
    }

    @Test func `varints have the original's bytes`() throws {
        for vector in try Vectors.formatGroup("recordio")?.objects("uvarint") ?? [] {
            let value = try #require(vector.string("value").flatMap { UInt64($0) })
            var bytes: [UInt8] = []
            bytes.appendVarint(value)
            #expect(bytes == vector.hex("hex"))
            var reader = ByteReader(bytes)
            #expect(try reader.varint() == value)
            #expect(reader.isAtEnd)
        }
    }

    @Test func `frames follow each other`() throws {
        for vector in try Vectors.formatGroup("recordio")?.objects("streams") ?? [] {
            let records = try vector.strings("records_hex").map {
                try #require([UInt8](hex: $0))
            }
            var bytes: [UInt8] = []
            for record in records { RecordIO.append(record, to: &bytes) }
            #expect(bytes == vector.hex("bytes_hex"))
            let read = Self.read(bytes, limit: .max)
            #expect(read.records == records)
            #expect(read.error == nil)
        }
    }

    /// Whole bytes in hand, a length beyond their end is an end too early.
    @Test func `a frame that is not all there is refused after those before it`() throws {
        for vector in try Vectors.formatGroup("recordio")?.objects("split_failures") ?? [] {
            let read = Self.read(try #require(vector.hex("bytes_hex")), limit: .max)
            #expect(
                read.records.map(\.count)
                    == vector.strings("records_before_error_hex").map {
                        $0.utf8.count / 2
                    })
            #expect(read.error != nil)
        }
    }

    @Test func `a reader tells what is wrong with a frame`() throws {
        for vector in try Vectors.formatGroup("recordio")?.objects("reader_failures") ?? [] {
            let bytes = try #require(vector.hex("bytes_hex"))
            let read = Self.read(bytes, limit: try #require(vector.int("max_size")))
            #expect(read.records == [])
            let error = try #require(vector.string("error"))
            switch read.error {
            case nil: #expect(error == "eof")
            case .tooLong: #expect(error == "frame_too_large")
            case .varintOverflow: #expect(error == "varint_overflow")
            case .cutShort: #expect(error.hasPrefix("unexpected_eof"))
            case .badWireType: Issue.record("frames have no wire types")
            }
        }
    }

    private static func data(_ vector: JSONObject) throws -> [UInt8] {
        if let data = vector.hex("data_hex") { return data }
        let spelled = try #require(vector.object("data_repeat"))
        let unit = try #require(spelled.hex("byte"))
        return Array(repeating: unit[0], count: try #require(spelled.int("count")))
    }

    private static func read(
        _ bytes: [UInt8], limit: Int
    ) -> (records: [[UInt8]], error: ByteError?) {
        var reader = ByteReader(bytes)
        var records: [[UInt8]] = []
        do throws(ByteError) {
            while let record = try RecordIO.next(from: &reader, limit: limit) {
                records.append(Array(record))
            }
            return (records, nil)
        } catch {
            return (records, error)
        }
    }
}
