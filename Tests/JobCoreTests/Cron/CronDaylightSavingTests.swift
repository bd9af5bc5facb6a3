import Testing

@Suite struct CronDaylightSavingTests {
    /// A zone, an expression, an instant, and the firings after it.
    struct Example: Sendable, CustomTestStringConvertible {
        let zone: String
        let expression: String
        let after: String
        let next: [String]

        init(_ zone: String, _ expression: String, after: String, _ next: String...) {
            (self.zone, self.expression, self.after, self.next) = (zone, expression, after, next)
        }

        var testDescription: String { "\(expression) in \(zone) after \(after)" }
    }

    @Test(arguments: [
        // 2012-03-11, 02:00 EST (07:00Z) is 03:00 EDT.
        Example(
            "America/New_York",
            "30 2 * * *",
            after: "2012-03-10T17:00:00Z",
            "2012-03-11T07:00:00Z",
            "2012-03-12T06:30:00Z"
        ),
        Example(
            "America/New_York",
            "0,30 2,3 * * *",
            after: "2012-03-10T17:00:00Z",
            "2012-03-11T07:00:00Z",
            "2012-03-11T07:30:00Z",
            "2012-03-12T06:00:00Z"
        ),
        Example(
            "America/New_York",
            "15 30 2 * * *",
            after: "2012-03-10T17:00:00Z",
            "2012-03-11T07:00:00Z",
            "2012-03-12T06:30:15Z"
        ),
        Example(
            "America/New_York",
            "0 * * * *",
            after: "2012-03-11T06:00:00Z",
            "2012-03-11T07:00:00Z",
            "2012-03-11T08:00:00Z"
        ),
        Example(
            "America/New_York",
            "0 */2 * * *",
            after: "2012-03-11T05:00:00Z",
            "2012-03-11T08:00:00Z",
            "2012-03-11T10:00:00Z"
        ),
        // A range over all hours is no star.
        Example(
            "America/New_York",
            "0 0-23 * * *",
            after: "2012-03-11T06:00:00Z",
            "2012-03-11T07:00:00Z",
            "2012-03-11T08:00:00Z"
        ),
        // 2012-11-04, 02:00 EDT (06:00Z) is 01:00 EST.
        Example(
            "America/New_York",
            "30 1 * * *",
            after: "2012-11-04T01:00:00Z",
            "2012-11-04T05:30:00Z",
            "2012-11-05T06:30:00Z"
        ),
        Example(
            "America/New_York",
            "30 1 * * *",
            after: "2012-11-04T05:45:00Z",
            "2012-11-05T06:30:00Z"
        ),
        Example(
            "America/New_York",
            "* 1 * * *",
            after: "2012-11-04T05:58:00Z",
            "2012-11-04T05:59:00Z",
            "2012-11-05T06:00:00Z"
        ),
        Example(
            "America/New_York",
            "*/30 * * * *",
            after: "2012-11-04T04:59:00Z",
            "2012-11-04T05:00:00Z",
            "2012-11-04T05:30:00Z",
            "2012-11-04T06:00:00Z",
            "2012-11-04T06:30:00Z",
            "2012-11-04T07:00:00Z"
        ),
        Example(
            "America/New_York",
            "0 0-23 * * *",
            after: "2012-11-04T04:00:00Z",
            "2012-11-04T05:00:00Z",
            "2012-11-04T07:00:00Z"
        ),
        // 2026-10-04, 02:00 (15:30Z the day before) is 02:30; 2026-04-05, 02:00 is 01:30.
        Example(
            "Australia/Lord_Howe",
            "15 2 * * *",
            after: "2026-10-03T00:00:00Z",
            "2026-10-03T15:30:00Z",
            "2026-10-04T15:15:00Z"
        ),
        Example(
            "Australia/Lord_Howe",
            "45 1 * * *",
            after: "2026-04-04T00:00:00Z",
            "2026-04-04T14:45:00Z",
            "2026-04-05T15:15:00Z"
        ),
        Example(
            "Australia/Lord_Howe",
            "*/15 * * * *",
            after: "2026-04-04T14:30:00Z",
            "2026-04-04T14:45:00Z",
            "2026-04-04T15:00:00Z",
            "2026-04-04T15:15:00Z",
            "2026-04-04T15:30:00Z"
        ),
        // 2018-11-04 begins at 01:00 (03:00Z).
        Example(
            "America/Sao_Paulo",
            "0 0 * * *",
            after: "2018-11-03T12:00:00Z",
            "2018-11-04T03:00:00Z",
            "2018-11-05T02:00:00Z"
        ),
        Example(
            "America/Sao_Paulo",
            "30 0 4 * *",
            after: "2018-11-01T12:00:00Z",
            "2018-11-04T03:00:00Z",
            "2018-12-04T02:30:00Z"
        ),
        // 2018-02-18, midnight (02:00Z) is 23:00 of the day before.
        Example(
            "America/Sao_Paulo",
            "30 23 * * *",
            after: "2018-02-17T12:00:00Z",
            "2018-02-18T01:30:00Z",
            "2018-02-19T02:30:00Z"
        ),
        // There is no 2011-12-30: what it would have had comes when it is skipped, at 2011-12-30T10:00Z.
        Example(
            "Pacific/Apia",
            "0 9 * * *",
            after: "2011-12-29T00:00:00Z",
            "2011-12-29T19:00:00Z",
            "2011-12-30T10:00:00Z",
            "2011-12-30T19:00:00Z"
        ),
        Example(
            "Pacific/Apia",
            "0 9 30 12 *",
            after: "2011-12-29T00:00:00Z",
            "2011-12-30T10:00:00Z",
            "2012-12-29T19:00:00Z"
        ),
        Example(
            "Pacific/Apia",
            "0 */12 * * *",
            after: "2011-12-29T12:00:00Z",
            "2011-12-29T22:00:00Z",
            "2011-12-30T10:00:00Z",
            "2011-12-30T22:00:00Z"
        ),
        // During Ramadan the clock is an hour back: from 2026-02-15, 03:00 (02:00Z), to 2026-03-22, 02:00 (02:00Z).
        Example(
            "Africa/Casablanca",
            "30 2 * * *",
            after: "2026-02-14T12:00:00Z",
            "2026-02-15T01:30:00Z",
            "2026-02-16T02:30:00Z"
        ),
        Example(
            "Africa/Casablanca",
            "30 2 * * *",
            after: "2026-03-21T12:00:00Z",
            "2026-03-22T02:00:00Z",
            "2026-03-23T01:30:00Z"
        ),
        Example("Asia/Kathmandu", "0 9 * * *", after: "2026-01-01T00:00:00Z", "2026-01-01T03:15:00Z"),
        Example("Asia/Kolkata", "14 14 * * *", after: "2012-07-09T07:39:03Z", "2012-07-09T08:44:00Z"),
        // Past the years whose changes are kept.
        Example(
            "Europe/Berlin",
            "30 2 * * *",
            after: "2150-03-28T12:00:00Z",
            "2150-03-29T01:00:00Z",
            "2150-03-30T00:30:00Z"
        ),
    ])
    func comesAsPeopleExpect(_ example: Example) throws {
        let next = try Stamp.next(
            example.expression,
            in: example.zone,
            after: example.after,
            count: example.next.count
        )
        #expect(next == example.next)
    }
}
