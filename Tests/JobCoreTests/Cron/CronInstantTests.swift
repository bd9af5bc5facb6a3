import Foundation
import JobCore
import Testing

@Suite struct CronInstantTests {
    @Test(arguments: [
        ("*/15 * * * *", "2012-07-09T14:45:00Z", "2012-07-09T15:00:00Z"),
        ("*/15 * * * *", "2012-07-09T14:59:59Z", "2012-07-09T15:00:00Z"),
        ("20-35/15 * * * *", "2012-07-09T15:45:00Z", "2012-07-09T16:20:00Z"),
        ("20-35/15 * * * *", "2012-07-09T23:45:00Z", "2012-07-10T00:20:00Z"),
        ("15/35 20-35/15 * * * *", "2012-07-09T23:35:51Z", "2012-07-10T00:20:15Z"),
        ("15/35 20-35/15 1/2 * * *", "2012-07-09T23:35:51Z", "2012-07-10T01:20:15Z"),
        ("0 0 9 Apr-Oct ?", "2012-07-09T23:35:00Z", "2012-08-09T00:00:00Z"),
        ("0 0 */5 Apr,Aug,Oct Mon", "2012-07-09T23:35:00Z", "2012-08-01T00:00:00Z"),
        ("0 0 29 Feb ?", "2012-07-09T23:35:00Z", "2016-02-29T00:00:00Z"),
        ("0 0 29 2 *", "2096-02-29T00:00:00Z", "2104-02-29T00:00:00Z"),
        ("0 0 29 2 *", "2000-02-28T23:59:59Z", "2000-02-29T00:00:00Z"),
        ("0 0 31 * *", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z"),
        ("59 59 23 31 12 *", "2026-12-31T23:59:58Z", "2026-12-31T23:59:59Z"),
        ("* * * * *", "2026-12-31T23:59:00Z", "2027-01-01T00:00:00Z"),
        ("* * * * * *", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
        // Day of month or day of week: 2026-02-13 and 2026-03-13 are Fridays.
        ("0 0 13 * fri", "2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z"),
        ("0 0 13 * *", "2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z"),
        ("0 0 * * fri", "2026-01-09T00:00:00Z", "2026-01-16T00:00:00Z"),
        ("0 0 ? * fri", "2026-01-09T00:00:00Z", "2026-01-16T00:00:00Z"),
        ("0 0 */1 * fri", "2026-01-09T00:00:00Z", "2026-01-16T00:00:00Z"),
        ("0 0 */2 * fri", "2026-01-09T00:00:00Z", "2026-01-11T00:00:00Z"),
        ("0 0 31 2 fri", "2026-01-30T00:00:00Z", "2026-02-06T00:00:00Z"),
        // Before 1970 and before the Gregorian calendar.
        ("0 0 29 2 *", "1899-01-01T00:00:00Z", "1904-02-29T00:00:00Z"),
        ("0 12 * * *", "1969-12-31T11:59:59Z", "1969-12-31T12:00:00Z"),
    ])
    func nextInUTC(_ expression: String, after: String, next: String) throws {
        #expect(try Stamp.next(expression, after: after) == [next])
    }

    @Test func aPreviewIsInTheCalendarThatItIsAskedIn() throws {
        let from = try Stamp.date("1000-01-01T00:00:00Z")
        #expect(
            try CronSchedule("0 0 29 2 *", createdAt: from).preview(after: from, count: 1) == ["1004-02-29T00:00:00Z"]
        )
    }

    @Test func aFractionOfASecondCounts() throws {
        let schedule = try CronSchedule("* * * * * *", createdAt: Date(timeIntervalSince1970: 0))
        #expect(schedule.next(after: Date(timeIntervalSince1970: 99.999)) == Date(timeIntervalSince1970: 100))
        #expect(schedule.next(after: Date(timeIntervalSince1970: 100)) == Date(timeIntervalSince1970: 101))
        #expect(schedule.next(after: Date(timeIntervalSince1970: 100.001)) == Date(timeIntervalSince1970: 101))
        #expect(schedule.next(after: Date(timeIntervalSince1970: -0.001)) == Date(timeIntervalSince1970: 0))
    }

    @Test func everyCountsFromTheCreation() throws {
        let created = try Stamp.date("2026-01-01T00:00:07Z").addingTimeInterval(0.75)
        let schedule = try CronSchedule("@every 1h30m", timeZone: "America/New_York", createdAt: created)
        func next(_ after: String) throws -> String? { try schedule.next(after: Stamp.date(after)).map(Stamp.text) }
        #expect(try next("2026-01-01T00:00:07Z") == "2026-01-01T01:30:07Z")
        #expect(try next("2026-01-01T01:30:06Z") == "2026-01-01T01:30:07Z")
        #expect(try next("2026-01-01T01:30:07Z") == "2026-01-01T03:00:07Z")
        #expect(try next("2025-01-01T00:00:00Z") == "2026-01-01T01:30:07Z")
        #expect(try next("2026-03-08T12:00:00Z") == "2026-03-08T12:00:07Z")
        let longest = try CronSchedule("@every 2562047h", createdAt: try Stamp.date("9800-01-01T00:00:00Z"))
        #expect(longest.next(after: created) == nil)
    }

    @Test func aSequenceIsWhatNextSaysAgainAndAgain() throws {
        let from = try Stamp.date("2026-10-25T00:10:00Z")
        let schedule = try CronSchedule("*/20 1-4 * * *", timeZone: "Europe/Berlin", createdAt: from)
        var expected: [Date] = []
        var instant = from
        for _ in 0..<50 {
            instant = try #require(schedule.next(after: instant))
            expected.append(instant)
        }
        #expect(Array(schedule.instants(after: from).prefix(50)) == expected)
    }
}
