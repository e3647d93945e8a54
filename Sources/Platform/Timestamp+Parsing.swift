extension Timestamp {
    /// Takes RFC 3339 in UTC, such as `2026-11-24T10:00:00Z`: fraction (to microseconds), time and
    /// `Z` may be left out. Years 1970 to 9999.
    public init?(parsing text: String) {
        var rest = text.utf8[...]
        func number(_ digits: Int, within range: ClosedRange<Int64>) -> Int64? {
            let field = rest.prefix(digits)
            guard field.count == digits, field.allSatisfy({ (0x30...0x39).contains($0) }) else {
                return nil
            }
            rest = rest.dropFirst(digits)
            let value = field.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
            return range.contains(value) ? value : nil
        }
        func takes(_ mark: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: mark) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard
            let year = number(4, within: 1970...9999), takes("-"),
            let month = number(2, within: 1...12), takes("-"),
            let day = number(2, within: 1...31)
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        // The 31st of a month of thirty days comes out as another one.
        guard CivilDate(daysSinceEpoch: date.daysSinceEpoch).day == day else { return nil }
        var microseconds = date.daysSinceEpoch * 86_400_000_000
        if takes("T") || takes(" ") {
            guard
                let hour = number(2, within: 0...23), takes(":"),
                let minute = number(2, within: 0...59)
            else { return nil }
            var second: Int64 = 0
            var fraction: Int64 = 0
            if takes(":") {
                guard let parsed = number(2, within: 0...59) else { return nil }
                second = parsed
                if takes(".") {
                    let digits = rest.prefix { (0x30...0x39).contains($0) }
                    guard (1...9).contains(digits.count) else { return nil }
                    rest = rest.dropFirst(digits.count)
                    let six = (Array(digits) + repeatElement(0x30, count: 6)).prefix(6)
                    fraction = six.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
                }
            }
            microseconds += ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
        }
        _ = takes("Z")
        guard rest.isEmpty else { return nil }
        self.init(microseconds: microseconds)
    }
}

extension CivilDate {
    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The way back from `init(daysSinceEpoch:)`; of years from 1970 on.
    var daysSinceEpoch: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
