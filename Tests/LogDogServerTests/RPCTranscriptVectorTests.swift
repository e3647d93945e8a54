import Foundation
import TestSupport
import Testing

/// The recorded calls of the original, replayed over a socket in both encodings.
@Suite(.serialized) struct RPCTranscriptVectorTests {
    @Test(arguments: Transcript.Encoding.allCases)
    func `every recorded call is answered as the original answered it`(
        _ encoding: Transcript.Encoding
    ) async throws {
        var run = 0
        let recordings = Transcript.recordings(in: "rpc")
        for url in recordings {
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
        if !recordings.isEmpty { #expect(run > 0) }
    }
}
