import ByteCoding
import Journal
import LogDogModel
import Platform
import Tumble

/// The registration of a prefix as bytes: in its event and in the digest.
enum PrefixCoding {
    static func encode(_ prefix: PrefixState, into bytes: inout [UInt8]) {
        bytes.appendLengthPrefixed(prefix.project)
        bytes.appendLengthPrefixed(prefix.prefix)
        bytes.appendLengthPrefixed(prefix.realm ?? "")
        bytes.appendVarint(UInt64(prefix.source.count))
        for text in prefix.source { bytes.appendLengthPrefixed(text) }
        bytes.append(contentsOf: prefix.secret.bytes)
        bytes.appendLengthPrefixed(prefix.nonce)
        bytes.appendLittleEndian(prefix.created.microseconds)
        bytes.appendLittleEndian(prefix.expires.microseconds)
    }

    static func decode(_ reader: inout ByteReader, id: PrefixID) throws -> PrefixState {
        let project = try reader.text()
        let prefix = try reader.text()
        let realm = try reader.text()
        var source: [String] = []
        let count = try reader.varint()
        guard count <= UInt64(reader.remaining) else {
            throw Misfit("\(count) source texts in \(reader.remaining) bytes")
        }
        for _ in 0..<count {
            source.append(try reader.text())
        }
        guard let secret = Secret(Array(try reader.take(Secret.length))) else {
            throw Misfit("a secret has 36 bytes")
        }
        return PrefixState(
            id: id, project: project, prefix: prefix, hash: .ofPrefix(prefix),
            realm: realm.isEmpty ? nil : realm, source: source, secret: secret,
            nonce: Array(try reader.lengthPrefixed()),
            created: try EventCodecV1.timestamp(&reader),
            expires: try EventCodecV1.timestamp(&reader))
    }
}

/// The registration of a stream as bytes: in its event and in the digest.
enum StreamCoding {
    static func encode(_ stream: StreamState, into bytes: inout [UInt8]) {
        bytes.appendVarint(stream.prefix.record.rawValue)
        bytes.appendLengthPrefixed(stream.project)
        bytes.appendLengthPrefixed(stream.protoVersion)
        bytes.appendLengthPrefixed(stream.descriptor.bytes)
        bytes.append(contentsOf: stream.secret.bytes)
        bytes.appendLittleEndian(stream.created.microseconds)
        // Zero for an open stream, else the terminal index plus one.
        bytes.appendVarint(stream.terminalIndex.map { $0 &+ 1 } ?? 0)
        bytes.appendLittleEndian((stream.terminatedAt ?? .zero).microseconds)
        bytes.appendLengthPrefixed(stream.archivalKey)
    }

    static func decode(_ reader: inout ByteReader, id: StreamID) throws -> StreamState {
        let prefix = PrefixID(record: RecordNumber(rawValue: try reader.varint()))
        let project = try reader.text()
        let protoVersion = try reader.text()
        let descriptor = try StreamDescriptor(serialized: Array(try reader.lengthPrefixed()))
        guard let secret = Secret(Array(try reader.take(Secret.length))) else {
            throw Misfit("a secret has 36 bytes")
        }
        let created = try EventCodecV1.timestamp(&reader)
        let terminal = try reader.varint()
        let terminatedAt = try EventCodecV1.timestamp(&reader)
        return StreamState(
            id: id, prefix: prefix, project: project, protoVersion: protoVersion,
            descriptor: descriptor, secret: secret, created: created, updated: created,
            terminalIndex: terminal == 0 ? nil : terminal - 1,
            terminatedAt: terminal == 0 ? nil : terminatedAt,
            archivalKey: Array(try reader.lengthPrefixed()), purged: false,
            received: ReceivedRanges())
    }
}
