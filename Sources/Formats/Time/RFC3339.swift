package import Foundation

#if canImport(Glibc)
import Glibc
#endif

/// Times as RFC 3339 text.
package enum RFC3339 {
    private static let secondsPerDay = 86_400

    /// A time in UTC with microseconds, such as `2025-01-31T09:05:00.042000Z`; years 0000 to 9999.
    package static func string(_ date: Date) -> String {
        let (seconds, microseconds) = Int(date.microsecondsSince1970).flooredDivision(by: 1_000_000)
        return string(seconds: seconds, fraction: microseconds, digits: 6)
    }

    /// A time in UTC without what it has beyond whole seconds, such as `2025-01-31T09:05:00Z`; years 0000 to 9999.
    package static func wholeSeconds(_ date: Date) -> String {
        string(seconds: Int(date.microsecondsSince1970).flooredDivision(by: 1_000_000).quotient, fraction: 0, digits: 0)
    }

    /// The present time by the system's clock, in UTC with milliseconds, such as `2025-01-31T09:05:00.042Z`.
    package static func now() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return string(seconds: Int(time.tv_sec), milliseconds: Int(time.tv_nsec) / 1_000_000)
    }

    /// A time since the Unix epoch, in UTC with milliseconds; years 0000 to 9999.
    package static func string(seconds: Int, milliseconds: Int) -> String {
        string(seconds: seconds, fraction: milliseconds, digits: 3)
    }

    private static func string(seconds: Int, fraction: Int, digits: Int) -> String {
        let (days, second) = seconds.flooredDivision(by: secondsPerDay)
        let civil = CivilDate(dayNumber: days)
        return String(unsafeUninitializedCapacity: 27) { buffer in
            var text = DigitWriter(buffer)
            text.write(min(max(0, civil.year), 9_999), digits: 4, then: "-")
            text.write(civil.month, digits: 2, then: "-")
            text.write(civil.day, digits: 2, then: "T")
            text.write(second / 3_600, digits: 2, then: ":")
            text.write(second / 60 % 60, digits: 2, then: ":")
            text.write(second % 60, digits: 2, then: digits == 0 ? "Z" : ".")
            if digits > 0 { text.write(fraction, digits: digits, then: "Z") }
            return text.count
        }
    }

    /// Reads a time with an offset, such as `2025-01-31T10:05:00+01:00`; nil when the text is not one.
    ///
    /// What is finer than a microsecond is dropped. A leap second counts as the second after it.
    package static func date(_ text: some StringProtocol) -> Date? {
        var scanner = DigitScanner(bytes: Array(text.utf8))
        guard let year = scanner.number(digits: 4), scanner.accept("-"),
            let month = scanner.number(digits: 2), (1...12).contains(month), scanner.accept("-"),
            let day = scanner.number(digits: 2), (1...CivilDate.days(inMonth: month, of: year)).contains(day),
            scanner.accept("T") || scanner.accept("t"),
            let hour = scanner.number(digits: 2), hour < 24, scanner.accept(":"),
            let minute = scanner.number(digits: 2), minute < 60, scanner.accept(":"),
            let second = scanner.number(digits: 2), second <= 60,
            let microseconds = scanner.fraction(), let offset = scanner.offset(), scanner.isAtEnd
        else { return nil }
        let days = CivilDate(year: year, month: month, day: day).dayNumber
        let seconds = days * secondsPerDay + hour * 3_600 + minute * 60 + second - offset
        return Date(microsecondsSince1970: Int64(seconds * 1_000_000 + microseconds))
    }
}

/// Writes numbers as ASCII digits.
private struct DigitWriter {
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
        self.buffer = buffer
    }

    mutating func write(_ number: Int, digits: Int, then separator: Unicode.Scalar) {
        var rest = number
        for place in (count..<(count + digits)).reversed() {
            buffer[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        buffer[count + digits] = UInt8(ascii: separator)
        count += digits + 1
    }
}
