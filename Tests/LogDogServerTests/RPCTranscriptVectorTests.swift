import Testing

/// The recorded calls of the original, replayed over a socket in both encodings.
@Suite(.serialized) struct RPCTranscriptVectorTests {
    @Test(arguments: Transcript.Encoding.allCases)
    func `every recorded call is answered as the original answered it`(
        _ encoding: Transcript.Encoding
    ) async throws {
        try await Transcript.replayAll(in: "rpc", encoding: encoding)
    }
}
