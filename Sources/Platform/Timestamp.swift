/// A moment in UTC, in whole microseconds since 1970-01-01T00:00:00Z; the resolution in which the
/// original stores times (`spec/rpc.md §1`).
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// 1970-01-01T00:00:00Z; also "never" where a field says so.
    public static let zero = Timestamp(microseconds: 0)
    public static let distantFuture = Timestamp(microseconds: .max)

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// This moment moved by `duration`, rounded towards zero; saturates at the ends of the range.
    public func adding(_ duration: Duration) -> Timestamp {
        let (sum, overflow) = microseconds.addingReportingOverflow(duration.wholeMicroseconds)
        guard overflow else { return Timestamp(microseconds: sum) }
        return Timestamp(microseconds: duration < .zero ? .min : .max)
    }

    /// The time from `earlier` to this moment; negative if it lies after; saturating.
    public func since(_ earlier: Timestamp) -> Duration {
        let (difference, overflow) =
            microseconds.subtractingReportingOverflow(earlier.microseconds)
        guard overflow else { return .microseconds(difference) }
        return .microseconds(self < earlier ? Int64.min : Int64.max)
    }

    /// RFC 3339 with six fractional digits, in UTC.
    public var description: String {
        let (day, microsOfDay) = microseconds.flooredDivision(by: 86_400_000_000)
        let date = CivilDate(daysSinceEpoch: day)
        let seconds = microsOfDay / 1_000_000
        let fraction = microsOfDay % 1_000_000
        return "\(date)T\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):"
            + "\(padded(seconds % 60, 2)).\(padded(fraction, 6))Z"
    }
}

extension Duration {
    /// Whole microseconds, rounded towards zero; saturates at the ends of the range.
    public var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, overflowed) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        guard !overflowed else { return seconds < 0 ? .min : .max }
        return sum
    }
}

/// A date of the proleptic Gregorian calendar.
struct CivilDate: CustomStringConvertible {
    let year: Int64
    let month: Int64
    let day: Int64

    /// Counts in eras of 400 years (146,097 days) that begin on 1 March, so that the leap day is
    /// the last of its year.
    init(daysSinceEpoch: Int64) {
        let shifted = daysSinceEpoch + 719_468
        let (era, dayOfEra) = shifted.flooredDivision(by: 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var description: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }
}

private func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value.magnitude)
    let zeros = String(repeating: "0", count: max(0, width - digits.count))
    return (value < 0 ? "-" : "") + zeros + digits
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
