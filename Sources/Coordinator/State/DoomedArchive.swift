import ByteCoding
import LogDogModel
import Tumble

/// The objects of a stream that is no more, which nothing names any longer.
package struct DoomedArchive: Hashable, Sendable {
    package let stream: StreamID
    package let project: String
    package let path: StreamPath
    /// Entries, index and, in the classic dialect, rendered data, as they were reported.
    package let urls: [String]

    package init(stream: StreamID, project: String, path: StreamPath, urls: [String]) {
        self.stream = stream
        self.project = project
        self.path = path
        self.urls = urls
    }

    /// Nil for a stream without an archive.
    init?(of stream: StreamState) {
        guard let archive = stream.archive else { return nil }
        let objects = [archive.stream, archive.index, archive.data]
        self.init(
            stream: stream.id, project: stream.project, path: stream.path,
            urls: objects.map(\.url).filter { !$0.isEmpty })
    }

    func encode(into bytes: inout [UInt8]) {
        bytes.appendVarint(stream.record.rawValue)
        bytes.appendLengthPrefixed(project)
        bytes.appendLengthPrefixed(path.text)
        bytes.appendVarint(UInt64(urls.count))
        for url in urls { bytes.appendLengthPrefixed(url) }
    }

    init(decoding reader: inout ByteReader) throws {
        stream = try EventCodecV1.streamID(&reader)
        project = try reader.text()
        path = try StreamPath(parsing: try reader.text())
        let count = try reader.varint()
        guard count <= 3 else { throw Misfit("an archive has at most three objects, not \(count)") }
        var urls: [String] = []
        for _ in 0..<count { urls.append(try reader.text()) }
        self.urls = urls
    }
}
