import TestSupport
import Testing

/// The recorded HTTP exchanges of the original, replayed over a socket.
@Suite(.serialized) struct HTTPTranscriptVectorTests {
    @Test func `every recorded exchange is answered as the original answered it`() async throws {
        let recordings = Transcript.recordings(in: "http")
        var run = 0
        for url in recordings {
            let transcript = try Transcript(url, encoding: .json)
            guard transcript.unmetNeeds.isEmpty else {
                Vectors.notRun(
                    transcript.name, because: transcript.unmetNeeds.joined(separator: ", "))
                continue
            }
            let setUp = try await RecordedSetUp()
            try await transcript.run(on: setUp)
            try await setUp.stop()
            run += transcript.callsMade
            for failure in transcript.failures { Issue.record("\(failure)") }
        }
        if !recordings.isEmpty { #expect(run > 0) }
    }
}
