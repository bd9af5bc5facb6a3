import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TimestampTests {
    @Test func microsecondsSurvive() async throws {
        var generator = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0 ... .max, using: &generator)
        var random = SeededGenerator(seed: seed)
        // Within 285 years of 2001 a Date tells microseconds apart.
        let range: ClosedRange<Int64> = -9_000_000_000_000_000...9_000_000_000_000_000
        let dates = (0..<2000).map { _ in
            Date(timeIntervalSinceReferenceDate: Double(Int64.random(in: range, using: &random)) / 1_000_000)
        }
        let db = try await TestDatabase.shared().connect()
        let back = try await db.value("select $1::timestamptz[]", dates, as: [Date].self)
        #expect(back == dates, "seed \(seed)")
    }

    @Test(arguments: [
        ("2000-01-01 00:00:00+00", 946_684_800.0), ("1970-01-01 00:00:00.000001+00", 0.000001),
        ("1969-12-31 23:59:59.999999+00", -0.000001), ("0001-01-01 00:00:00+00", -62_135_596_800),
        ("9999-12-31 23:59:59+00", 253_402_300_799), ("2026-11-21 09:05:08.123457+00", 1_795_251_908.123457),
    ])
    func datesMeanTheSameToTheServer(_ text: String, _ seconds: Double) async throws {
        let db = try await TestDatabase.shared().connect()
        let date = Date(timeIntervalSince1970: seconds)
        #expect(try await db.value("select $1::timestamptz = $2::text::timestamptz", date, text) == true)
        let read = try await db.value("select $1::text::timestamptz", text, as: Date.self)
        #expect(abs(read.timeIntervalSince1970 - seconds) < 0.000_000_5)
    }

    @Test func farDatesComeBackAsTheSameDate() async throws {
        // So far away a Date's steps are wider than a microsecond; it still has to come back unchanged.
        let dates = [1e11, 2.5e11, 9.2e12, -2e11].map { Date(timeIntervalSinceReferenceDate: $0 + 0.123456789) }
        let db = try await TestDatabase.shared().connect()
        for date in dates { #expect(try await db.value("select $1::timestamptz", date) == date) }
    }

    @Test func timestampsAreExactEverywhere() async throws {
        let db = try await TestDatabase.shared().connect()
        for text in ["4713-01-01 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00", "8765-04-03 02:01:00.654321+00"] {
            let stamp = try await db.value("select $1::text::timestamptz", text, as: PostgresTimestamp.self)
            #expect(try await db.value("select $1::timestamptz = $2::text::timestamptz", stamp, text) == true)
        }
        let infinity = try await db.value("select 'infinity'::timestamptz", as: PostgresTimestamp.self)
        #expect(infinity == .infinity && infinity.isInfinite)
        let error = await #expect(throws: PostgresError.self) {
            try await db.value("select '-infinity'::timestamptz", as: Date.self)
        }
        #expect(error?.description.contains("PostgresTimestamp") == true)
    }

    @Test(arguments: [Double.nan, .infinity, 1e30, 1e13])
    func datesBeyondTheServersCalendarAreRefused(_ seconds: Double) async throws {
        let db = try await TestDatabase.shared().connect()
        await #expect(throws: PostgresError.self) {
            try await db.query(.sql("select $1::timestamptz"), Date(timeIntervalSinceReferenceDate: seconds))
        }
        #expect(try await db.value("select 1") == 1)
    }
}
