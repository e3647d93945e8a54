import Platform
import Testing

/// Moments and durations.
@Suite struct TimestampTests {
    @Test func `moments are written as RFC 3339 in UTC`() {
        #expect(Timestamp.zero.description == "1970-01-01T00:00:00.000000Z")
        #expect(
            Timestamp(microseconds: 1_700_000_000_123_456).description
                == "2023-11-14T22:13:20.123456Z")
        #expect(
            Timestamp(microseconds: 951_782_400_000_000).description
                == "2000-02-29T00:00:00.000000Z")
        #expect(Timestamp(microseconds: -1).description == "1969-12-31T23:59:59.999999Z")
    }

    @Test func `arithmetic saturates at the ends of the range`() {
        #expect(Timestamp.distantFuture.adding(.seconds(1)) == .distantFuture)
        #expect(
            Timestamp(microseconds: .min).adding(.seconds(-1)) == Timestamp(microseconds: .min))
        #expect(Timestamp.distantFuture.since(Timestamp(microseconds: -1)) > .zero)
        #expect(Timestamp(microseconds: 5).since(Timestamp(microseconds: 2)) == .microseconds(3))
        #expect(Duration.seconds(Int64.max).wholeMicroseconds == .max)
        #expect(Duration.milliseconds(-1).wholeMicroseconds == -1000)
    }
}
