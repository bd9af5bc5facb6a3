import Foundation
import JobCore

/// Times as RFC 3339 text.
enum RFC3339 {
    private static let secondsPerDay: Int64 = 86_400

    /// A time in UTC with microseconds, such as `2025-01-31T09:05:00.042000Z`; years 0000 to 9999.
    static func string(_ date: Date) -> String {
        let (seconds, microseconds) = date.microsecondsSince1970.flooredDivision(by: 1_000_000)
        let (days, second) = seconds.flooredDivision(by: secondsPerDay)
        let (year, month, day) = civilDate(ofDay: days)
        var text = ""
        text.reserveCapacity(27)
        text.append(year, digits: 4, then: "-")
        text.append(month, digits: 2, then: "-")
        text.append(day, digits: 2, then: "T")
        text.append(second / 3_600, digits: 2, then: ":")
        text.append(second / 60 % 60, digits: 2, then: ":")
        text.append(second % 60, digits: 2, then: ".")
        text.append(microseconds, digits: 6, then: "Z")
        return text
    }

    /// Reads a time with an offset, such as `2025-01-31T10:05:00+01:00`; nil when the text is not one.
    ///
    /// What is finer than a microsecond is dropped. A leap second counts as the second after it.
    static func date(_ text: some StringProtocol) -> Date? {
        var scanner = DigitScanner(bytes: Array(text.utf8))
        guard let year = scanner.number(digits: 4), scanner.accept("-"),
            let month = scanner.number(digits: 2), (1...12).contains(month), scanner.accept("-"),
            let day = scanner.number(digits: 2), (1...daysIn(month: month, of: year)).contains(day),
            scanner.accept("T") || scanner.accept("t"),
            let hour = scanner.number(digits: 2), hour < 24, scanner.accept(":"),
            let minute = scanner.number(digits: 2), minute < 60, scanner.accept(":"),
            let second = scanner.number(digits: 2), second <= 60,
            let microseconds = scanner.fraction(), let offset = scanner.offset(), scanner.isAtEnd
        else { return nil }
        let seconds = dayNumber(year, month, day) * secondsPerDay + hour * 3_600 + minute * 60 + second - offset
        return Date(microsecondsSince1970: seconds * 1_000_000 + microseconds)
    }

    private static func daysIn(month: Int64, of year: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return switch month {
        case 2: isLeap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`): years begin in
    /// March, so that the leap day is the last of its year.
    private static func dayNumber(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let (era, yearOfEra) = (month <= 2 ? year - 1 : year).flooredDivision(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The reverse (the same source, `civil_from_days`).
    private static func civilDate(ofDay days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension String {
    fileprivate mutating func append(_ number: Int64, digits: Int, then separator: Character) {
        let text = String(number)
        append(contentsOf: repeatElement("0", count: max(0, digits - text.utf8.count)))
        append(text)
        append(separator)
    }
}
