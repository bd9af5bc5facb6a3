import Foundation
import JobCore
import Testing

@testable import QueueFlowCLI

@Suite struct SchedulePreviewTests {
    private func preview(
        _ expression: String,
        timeZone: String? = nil,
        from: String? = "2012-07-09T14:45:00Z",
        count: Int = 2
    ) throws -> SchedulePreview {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        return try SchedulePreview(expression: expression, timeZone: timeZone, from: from, count: count, now: now)
    }

    @Test func instantsAreInUTC() throws {
        #expect(try preview("*/15 * * * *").next == ["2012-07-09T15:00:00Z", "2012-07-09T15:15:00Z"])
        #expect(
            try preview("30 9 * * mon-fri", timeZone: "Europe/Berlin").next
                == ["2012-07-10T07:30:00Z", "2012-07-11T07:30:00Z"]
        )
    }

    @Test func theBeginMayHaveAnOffsetOrBeNow() throws {
        #expect(try preview("0 * * * *", from: "2012-07-09T20:15:00+05:30").next.first == "2012-07-09T15:00:00Z")
        #expect(try preview("0 0 * * *", from: nil).next.first == "2027-01-16T00:00:00Z")
        #expect(try preview("@every 1h").next.first == "2012-07-09T15:45:00Z")
    }

    @Test func jsonIsThatOfTheInterface() throws {
        #expect(
            try preview("30 9 * * mon-fri").json()
                == #"{"description":"At 09:30 on Monday through Friday","next":["2012-07-10T09:30:00Z","2012-07-11T09:30:00Z"]}"#
        )
    }

    @Test func whatIsWrongIsRefused() throws {
        #expect(throws: SchedulePreviewError.count(0)) { try preview("@daily", count: 0) }
        #expect(throws: SchedulePreviewError.count(1_001)) { try preview("@daily", count: 1_001) }
        for from in ["tomorrow", "2026-02-30T00:00:00Z", "2026-01-01"] {
            #expect(throws: SchedulePreviewError.from(from)) { try preview("@daily", from: from) }
        }
        #expect(throws: CronError.unknownZone("Mars")) { try preview("@daily", timeZone: "Mars") }
        #expect(throws: CronError.fieldCount(2)) { try preview("* *") }
    }
}
