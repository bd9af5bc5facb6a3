import Glibc

/// Times as RFC 3339 text in UTC with milliseconds, such as `2025-01-31T09:05:00.042Z`.
enum RFC3339 {
    /// The present time by the system's clock.
    static func now() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return string(seconds: Int(time.tv_sec), milliseconds: Int(time.tv_nsec) / 1_000_000)
    }

    /// Formats a time since the Unix epoch; years 0000 to 9999.
    ///
    /// The calendar date comes from the day count by the method of Howard Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms" (`civil_from_days`): years begin in March, so that the leap day is the last of its year.
    static func string(seconds: Int, milliseconds: Int) -> String {
        let (days, secondOfDay) = flooredDivision(seconds, by: 86_400)
        let (era, dayOfEra) = flooredDivision(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)

        return String(unsafeUninitializedCapacity: 24) { buffer in
            var writer = DigitWriter(buffer: buffer)
            writer.number(year, digits: 4, then: "-")
            writer.number(month, digits: 2, then: "-")
            writer.number(day, digits: 2, then: "T")
            writer.number(secondOfDay / 3_600, digits: 2, then: ":")
            writer.number(secondOfDay / 60 % 60, digits: 2, then: ":")
            writer.number(secondOfDay % 60, digits: 2, then: ".")
            writer.number(milliseconds, digits: 3, then: "Z")
            return writer.count
        }
    }

    private static func flooredDivision(_ value: Int, by divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private struct DigitWriter {
        let buffer: UnsafeMutableBufferPointer<UInt8>
        var count = 0

        mutating func number(_ value: Int, digits: Int, then separator: Unicode.Scalar) {
            var rest = value
            for position in stride(from: count + digits - 1, through: count, by: -1) {
                buffer[position] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            buffer[count + digits] = UInt8(ascii: separator)
            count += digits + 1
        }
    }
}
