import Foundation
import Testing

@testable import Formats

struct RFC3339Tests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("1985-04-12T23:20:50.52Z", 482_196_050.52),
        ("1996-12-19T16:39:57-08:00", 851_042_397),
        ("1990-12-31T23:59:60Z", 662_688_000), ("2024-02-29t12:00:00z", 1_709_208_000),
        ("1969-12-31T23:59:59.5Z", -0.5),
        ("2000-01-01T00:00:00+14:00", 946_634_400), ("2030-01-01T00:00:00.1234569Z", 1_893_456_000.123456),
    ])
    func timesAreRead(_ text: String, seconds: Double) throws {
        let date = try #require(RFC3339.date(text))
        #expect(abs(date.timeIntervalSince1970 - seconds) < 5e-7)
    }

    /// Years before the Gregorian calendar, too, which Foundation writes by the Julian one.
    @Test(arguments: [
        "0000-01-01T00:00:00Z", "0004-02-29T23:59:59Z", "1000-01-01T00:00:00Z", "1582-10-10T12:34:56Z",
        "1969-12-31T23:59:59Z",
        "9999-12-31T23:59:59Z",
    ])
    func wholeSecondsAreWrittenAsTheyAreRead(_ text: String) throws {
        let date = try #require(RFC3339.date(text))
        #expect(RFC3339.wholeSeconds(date) == text)
        #expect(RFC3339.wholeSeconds(date.addingTimeInterval(0.25)) == text)
    }

    @Test(arguments: [
        "", "2030-01-01", "2030-01-01T00:00:00", "2030-01-01 00:00:00Z", "2030-13-01T00:00:00Z", "2030-00-01T00:00:00Z",
        "2030-04-31T00:00:00Z", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2030-01-01T24:00:00Z",
        "2030-01-01T00:60:00Z",
        "2030-01-01T00:00:61Z", "2030-01-01T00:00:00.Z", "2030-01-01T00:00:00+0100", "2030-01-01T00:00:00+24:00",
        "2030-01-01T00:00:00Zx", "+2030-01-01T00:00:00Z", "２030-01-01T00:00:00Z", "30-01-01T00:00:00Z",
    ])
    func otherTextIsNot(_ text: String) {
        #expect(RFC3339.date(text) == nil)
    }

    @Test func foundationAgreesAndNothingIsLost() throws {
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: false)
        let seed = UInt64.random(in: 1 ... .max)
        var state = seed
        for _ in 0..<2_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // From 1905 to 2096, in microseconds.
            let microseconds = Int64(state >> 11) % 4_000_000_000_000_000 - 2_050_000_000_000_000
            let date = Date(timeIntervalSince1970: Double(microseconds) / 1e6)
            let text = RFC3339.string(date)
            #expect(text.utf8.count == 27)
            let whole = Date(timeIntervalSince1970: (Double(microseconds) / 1e6).rounded(.down))
            #expect(text.prefix(19) == format.format(whole).dropLast(), "seed \(seed)")
            #expect(RFC3339.date(text).map(RFC3339.string) == text, "seed \(seed)")
        }
    }

    // MARK: With milliseconds, as in logs

    @Test(arguments: [
        (0, 0, "1970-01-01T00:00:00.000Z"),
        (951_782_400, 5, "2000-02-29T00:00:00.005Z"),
        (4_107_542_399, 999, "2100-02-28T23:59:59.999Z"),
        (4_107_542_400, 0, "2100-03-01T00:00:00.000Z"),
        (253_402_300_799, 999, "9999-12-31T23:59:59.999Z"),
        (-1, 0, "1969-12-31T23:59:59.000Z"),
        (-62_167_219_200, 0, "0000-01-01T00:00:00.000Z"),
        // Before and after what can be written: no year has a sign or a fifth digit.
        (-62_167_219_201, 0, "0000-12-31T23:59:59.000Z"),
        (253_402_300_800, 0, "9999-01-01T00:00:00.000Z"),
    ])
    func millisecondsAreWritten(_ seconds: Int, _ milliseconds: Int, _ text: String) {
        #expect(RFC3339.string(seconds: seconds, milliseconds: milliseconds) == text)
    }

    @Test func foundationAgreesOnEveryDay() {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime]
        // Every 17 days and a bit from 1900 to 2200.
        for seconds in stride(from: -2_208_988_800, to: 7_258_118_400, by: 86_400 * 17 + 12_345) {
            let expected =
                formatter.string(from: Date(timeIntervalSince1970: TimeInterval(seconds))).dropLast() + ".000Z"
            #expect(RFC3339.string(seconds: seconds, milliseconds: 0) == expected)
        }
    }
}
