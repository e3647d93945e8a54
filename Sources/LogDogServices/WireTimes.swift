import Platform
import SwiftProtobuf

extension Google_Protobuf_Timestamp {
    init(_ time: Timestamp) {
        let seconds =
            time.microseconds >= 0
            ? time.microseconds / 1_000_000 : (time.microseconds - 999_999) / 1_000_000
        self.init(
            seconds: seconds, nanos: Int32((time.microseconds - seconds * 1_000_000) * 1000))
    }
}

extension Google_Protobuf_Duration {
    init(_ duration: Duration) {
        let micros = duration.wholeMicroseconds
        self.init(seconds: micros / 1_000_000, nanos: Int32(micros % 1_000_000) * 1000)
    }

    /// Whether seconds and nanoseconds are in range and of one sign, as the well-known type has it.
    var isValid: Bool {
        abs(Int64(nanos)) < 1_000_000_000
            && (seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0))
    }

    /// Clamped to what the well-known type allows: about 10,000 years.
    var asDuration: Duration {
        .seconds(min(max(seconds, -315_576_000_000), 315_576_000_000))
            + .nanoseconds(Int64(nanos))
    }
}
