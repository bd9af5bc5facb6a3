import Foundation
import Testing

@testable import JobCore

@Suite struct CronZoneTests {
    @Test(arguments: [
        "UTC", "Europe/Berlin", "Etc/GMT+5", "US/Eastern", "EST5EDT", "Australia/Lord_Howe", "Asia/Calcutta",
    ])
    func namesOfTheDatabaseAreKnown(_ name: String) throws {
        #expect(try CronZone(name).identifier == name)
    }

    @Test(arguments: [
        "", " ", "Mars/Olympus", "europe/berlin", "Europe/Berlin ", "IST", "PST", "GMT+3", "UTC+1", "+01:00",
        "Etc/Unknown",
        "SystemV/EST5EDT", "../../etc/passwd", "/etc/localtime", "/usr/share/zoneinfo/UTC", "right/UTC", "posix/UTC",
        "localtime", "Local", "Factory", "posixrules", "Europe", "Europe/", "/Europe/Berlin", "Europe//Berlin",
        "Europe/../UTC", "./UTC", "Europe/Berlin\0", "zone.tab", "tzdata.zi", "leapseconds", "+VERSION", "-00",
        "Ünited/Zone",
        "Europe/Berlin/" + String(repeating: "x", count: 5_000),
    ])
    func otherNamesAreNot(_ name: String) {
        #expect(throws: CronError.unknownZone(name)) { try CronZone(name) }
    }

    @Test func anExpressionMayNameTheZone() throws {
        let created = Date(timeIntervalSince1970: 0)
        #expect(try CronSchedule("@daily", createdAt: created).zone == .utc)
        #expect(try CronSchedule("@daily", timeZone: "Asia/Tokyo", createdAt: created).zone.identifier == "Asia/Tokyo")
        for text in ["TZ=Asia/Tokyo @daily", "CRON_TZ=Asia/Tokyo @daily"] {
            #expect(try CronSchedule(text, createdAt: created).zone.identifier == "Asia/Tokyo")
            #expect(try CronSchedule(text, timeZone: "Asia/Tokyo", createdAt: created).zone.identifier == "Asia/Tokyo")
            #expect(throws: CronError.conflictingZones(expression: "Asia/Tokyo", schedule: "UTC")) {
                try CronSchedule(text, timeZone: "UTC", createdAt: created)
            }
        }
        #expect(throws: CronError.unknownZone("Nowhere")) {
            try CronSchedule("@daily", timeZone: "Nowhere", createdAt: created)
        }
    }

    @Test func timeEndsWithTheYear9999() throws {
        for zone in ["UTC", "America/New_York", "Asia/Tokyo"] {
            let last = try Stamp.next("59 59 23 31 12 *", in: zone, after: "9998-06-01T00:00:00Z", count: 3)
            #expect(last.count == (zone == "America/New_York" ? 1 : 2), "\(zone)")
            #expect(try Stamp.next("* * * * *", in: zone, after: "9999-12-31T23:59:30Z").isEmpty, "\(zone)")
        }
    }

    @Test func datesBeyondAllSchedulesAreNoTrap() throws {
        for text in ["0 0 * * *", "0 */2 * * *", "@every 1h"] {
            let schedule = try CronSchedule(text, timeZone: "Europe/Berlin", createdAt: Date(timeIntervalSince1970: 0))
            #expect(schedule.next(after: Date(timeIntervalSince1970: 1e300)) == nil)
            #expect(schedule.next(after: Date(timeIntervalSince1970: .infinity)) == nil)
            #expect(schedule.next(after: Date(timeIntervalSince1970: -1e300)) != nil)
            #expect(schedule.next(after: .distantPast) != nil)
        }
    }
}
