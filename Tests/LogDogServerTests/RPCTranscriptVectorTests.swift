import Foundation
import TestSupport
import Testing

/// The recorded calls of the original, replayed over a socket in both encodings.
@Suite(.serialized) struct RPCTranscriptVectorTests {
    private static var recordings: [URL] {
        guard let folder = Vectors.folder("rpc") else {
            Vectors.notRun("RPC transcripts", because: "the recordings are not there")
            return []
        }
        do {
            return try FileManager.default
                .contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "ndjson" }
                .sorted { $0.lastPathComponent < $1.lastPathComponent }
        } catch {
            return []
        }
    }

    @Test(arguments: Transcript.Encoding.allCases)
    func `every recorded call is answered as the original answered it`(
        _ encoding: Transcript.Encoding
    ) async throws {
        var run = 0
        for url in Self.recordings {
            let transcript = try Transcript(url, encoding: encoding)
            guard transcript.unmetNeeds.isEmpty else {
                Vectors.notRun(
                    transcript.name, because: transcript.unmetNeeds.joined(separator: ", "))
                continue
            }
            let setUp = try await RecordedSetUp()
            try await transcript.run(on: setUp)
            try await setUp.stop()
            run += transcript.callsMade
            for failure in transcript.failures { Issue.record("\(encoding): \(failure)") }
        }
        if !Self.recordings.isEmpty { #expect(run > 0) }
    }
}
