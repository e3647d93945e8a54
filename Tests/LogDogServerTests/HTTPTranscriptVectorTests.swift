import Testing

/// The recorded HTTP exchanges of the original, replayed over a socket.
@Suite(.serialized) struct HTTPTranscriptVectorTests {
    @Test func `every recorded exchange is answered as the original answered it`() async throws {
        try await Transcript.replayAll(in: "http", encoding: .json)
    }
}
