import Foundation
import JobCore
import Testing

@Suite struct CronGrammarTests {
    private static let created = Date(timeIntervalSince1970: 1_341_819_543)

    /// The expressions mean the same: their next 50 instants are equal.
    @Test(arguments: [
        ("* * * * *", "? ? ? ? ?"), ("0 0 * * *", "@daily"), ("0 0 * * *", "@midnight"), ("0 * * * *", "@hourly"),
        ("0 0 * * 0", "@weekly"), ("0 0 1 * *", "@monthly"), ("0 0 1 1 *", "@yearly"), ("@yearly", "@annually"),
        ("0 9 * * *", "0 0 9 * * *"), ("*/15 * * * *", "0,15,30,45 * * * *"), ("?/15 * * * *", "*/15 * * * *"),
        ("5/20 * * * *", "5,25,45 * * * *"), ("10-20/5 * * * *", "10,15,20 * * * *"), ("7/60 * * * *", "7 * * * *"),
        ("*/99999999999999999999 1 * * *", "0 1 * * *"), ("007 * * * *", "7 * * * *"), ("5-5 * * * *", "5 * * * *"),
        ("0 0 1 jan,JUL,Dec *", "0 0 1 1,7,12 *"), ("0 0 1 apr-OCT/2 *", "0 0 1 4,6,8,10 *"),
        ("0 0 * * sun", "0 0 * * 0"), ("0 0 * * 7", "0 0 * * 0"), ("0 0 * * MON-fri", "0 0 * * 1-5"),
        ("0 0 * * fri-mon", "0 0 * * 5,6,0,1"), ("0 0 * * 5-7", "0 0 * * 5,6,0"), ("0 0 * * 0-7", "0 0 * * *"),
        ("0 0 * * 5-1", "0 0 * * 0,1,5,6"), ("0 0 * * 7-2", "0 0 * * 0,1,2"), ("0 0 * * sat-sun", "0 0 * * 0,6"),
        ("0 0 * * fri-tue/2", "0 0 * * 5,0,2"), ("0 0 * * 1/2", "0 0 * * 1,3,5"), ("0 0 * * 1-7/2", "0 0 * * 1,3,5,0"),
        ("  0\t 0  * * *  ", "0 0 * * *"), ("@every 90s", "@every 1m30s"), ("@every 1.5h", "@every 90m"),
        ("@every  1h30m", "@every 5400s"), ("@every 1h0.5m", "@every 3630s"), ("@every 2500ms", "@every 2s"),
        ("@every .5m", "@every 30000000us"), ("@every 1s999999999ns", "@every 1s"), ("TZ=UTC @daily", "0 0 * * *"),
        ("CRON_TZ=Asia/Tokyo 0 9 * * *", "0 0 * * *"), ("0 0 13,*/1 * fri", "0 0 * * fri"),
    ])
    func meansTheSame(_ one: String, _ other: String) throws {
        let instants = try [one, other].map { text in
            try CronSchedule(text, createdAt: Self.created).instants(after: Self.created).prefix(50).map(Stamp.text)
        }
        #expect(instants[0] == instants[1])
        #expect(instants[0].count == 50)
    }

    @Test(arguments: [
        ("", CronError.empty), (" \t ", .empty), ("* * * *", .fieldCount(4)), ("*", .fieldCount(1)),
        ("* * * * * * *", .fieldCount(7)), ("TZ=UTC", .fieldCount(0)), ("TZ=UTC * * *", .fieldCount(3)),
        ("60 * * * *", .field(.minute, text: "60", .outside("60"))),
        ("60 * * * * *", .field(.second, text: "60", .outside("60"))),
        ("* 24 * * *", .field(.hour, text: "24", .outside("24"))),
        ("* * 0 * *", .field(.dayOfMonth, text: "0", .outside("0"))),
        ("* * 1,32 * *", .field(.dayOfMonth, text: "1,32", .outside("32"))),
        ("* * * 13 *", .field(.month, text: "13", .outside("13"))),
        ("* * * 0-3 *", .field(.month, text: "0-3", .outside("0"))),
        ("* * * * 8", .field(.dayOfWeek, text: "8", .outside("8"))),
        ("50-60 * * * *", .field(.minute, text: "50-60", .outside("60"))),
        (
            "99999999999999999999 * * * *",
            .field(.minute, text: "99999999999999999999", .outside("99999999999999999999"))
        ),
        ("5-3 * * * *", .field(.minute, text: "5-3", .backwards("5-3"))),
        ("* * * dec-jan *", .field(.month, text: "dec-jan", .backwards("dec-jan"))),
        ("*/0 * * * *", .field(.minute, text: "*/0", .step("0"))),
        ("*/-5 * * * *", .field(.minute, text: "*/-5", .step("-5"))),
        ("1-9/x * * * *", .field(.minute, text: "1-9/x", .step("x"))),
        ("*/ * * * *", .field(.minute, text: "*/", .missing)),
        ("/5 * * * *", .field(.minute, text: "/5", .missing)),
        (", * * * *", .field(.minute, text: ",", .missing)),
        ("1,,2 * * * *", .field(.minute, text: "1,,2", .missing)),
        ("1, * * * *", .field(.minute, text: "1,", .missing)),
        ("-5 * * * *", .field(.minute, text: "-5", .missing)),
        ("5- * * * *", .field(.minute, text: "5-", .missing)),
        ("1--5 * * * *", .field(.minute, text: "1--5", .unreadable("1--5"))),
        ("1-2-3 * * * *", .field(.minute, text: "1-2-3", .unreadable("1-2-3"))),
        ("1//2 * * * *", .field(.minute, text: "1//2", .unreadable("1//2"))),
        ("** * * * *", .field(.minute, text: "**", .unreadable("**"))),
        ("*-5 * * * *", .field(.minute, text: "*-5", .unreadable("*"))),
        ("+5 * * * *", .field(.minute, text: "+5", .unreadable("+5"))),
        ("٥ * * * *", .field(.minute, text: "٥", .unreadable("٥"))),
        ("1.5 * * * *", .field(.minute, text: "1.5", .unreadable("1.5"))),
        ("* jan * * *", .field(.hour, text: "jan", .unreadable("jan"))),
        ("* * * mon *", .field(.month, text: "mon", .unreadable("mon"))),
        ("* * * * monday", .field(.dayOfWeek, text: "monday", .unreadable("monday"))),
        ("* * L * *", .field(.dayOfMonth, text: "L", .unreadable("L"))),
        ("* * * * 5#2", .field(.dayOfWeek, text: "5#2", .unreadable("5#2"))),
        ("@reboot", .unknownDescriptor("@reboot")), ("@Daily", .unknownDescriptor("@Daily")),
        ("@", .unknownDescriptor("@")), ("@daily 5", .unknownDescriptor("@daily 5")),
        ("@every1h", .unknownDescriptor("@every1h")),
        ("@every", .duration("")), ("@every 5", .duration("5")), ("@every h", .duration("h")),
        ("@every -1h", .duration("-1h")), ("@every 0s", .duration("0s")), ("@every 999ms", .duration("999ms")),
        ("@every 1d", .duration("1d")), ("@every 1h 30m", .duration("1h 30m")), ("@every .s", .duration(".s")),
        ("@every 9999999h", .duration("9999999h")),
        ("@every 99999999999999999999s", .duration("99999999999999999999s")),
        ("@every 2562047h9999m", .duration("2562047h9999m")), ("@every ٥s", .duration("٥s")),
        ("TZ= * * * * *", .unknownZone("")), ("TZ=Mars/Olympus @daily", .unknownZone("Mars/Olympus")),
        ("CRON_TZ=europe/berlin @daily", .unknownZone("europe/berlin")),
        ("0 0 30 2 *", .neverFires(dayOfMonth: "30", month: "2")),
        ("0 0 31 4,6 *", .neverFires(dayOfMonth: "31", month: "4,6")),
        ("0 0 0 30-31 feb ?", .neverFires(dayOfMonth: "30-31", month: "feb")),
        ("0 0 31 4 */1", .neverFires(dayOfMonth: "31", month: "4")),
    ])
    func isRefused(_ text: String, error: CronError) {
        #expect(throws: error) { try CronExpression(text) }
    }

    @Test(arguments: ["0 0 29 2 *", "0 0 31 2 fri", "0 0 30,29 2 *", "0 0 31 4-7 *", "0 0 31 2 */2"])
    func daysThatComeAreTaken(_ text: String) throws {
        #expect(try Stamp.next(text, after: "2026-01-01T00:00:00Z").count == 1)
    }

    @Test func anErrorSaysWhereWhatAndWhatElse() {
        let messages = ["0 24 * * *", "*/0 * * * *", "1-2-3 * * * *"].map { text in
            do throws(CronError) {
                _ = try CronExpression(text)
                return ""
            } catch { return error.description }
        }
        #expect(messages[0] == "hour '24': 24 is outside the field; expected 0 to 23")
        #expect(messages[1] == "minute '*/0': the step '0' is not possible; expected a whole number of 1 or more")
        #expect(messages[2].hasPrefix("minute '1-2-3': '1-2-3' cannot be read; expected *, a value, a-b"))
    }

    @Test func textIsKeptWithSingleSpaces() throws {
        #expect(try CronExpression(" TZ=Asia/Tokyo  0 9\t* * MON ").text == "TZ=Asia/Tokyo 0 9 * * MON")
        #expect(try CronExpression("@daily").zone == nil)
    }
}
