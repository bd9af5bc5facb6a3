import HTTPTypes
import Testing

@testable import Formats
@testable import JobService

@Suite(.timeLimit(.minutes(1)))
struct SchedulePreviewTests {
    @Test func comingInstantsAreShown() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "preview")
            let query = "timezone=Europe/Berlin&from=2026-03-27T00:00:00Z&count=2"
            let expected =
                #"{"next":["2026-03-27T08:30:00Z","2026-03-30T07:30:00Z"],"description":"At 09:30 on Monday through Friday"}"#
            for cron in ["30%209%20*%20*%20mon-fri", "30+9+*+*+mon-fri"] {
                let answer = try await session.get("/schedules/preview?cron=\(cron)&\(query)")
                #expect(answer.status == .ok && answer.text == expected, "\(answer.text)")
            }
            let every = try await session.get("/schedules/preview?cron=@every%2090s&from=2026-01-01T00:00:00Z")
            #expect(try every.json()["next"]?.array?.first?.string == "2026-01-01T00:01:30Z")
            #expect(try every.json()["next"]?.array?.count == 5)
            let many = try await session.get("/schedules/preview?cron=@daily&count=1000").json()["next"]?.array
            #expect(many?.count == 1_000)
        }
    }

    /// What says `Etc/GMT+5`, five hours behind UTC, is heard so.
    @Test(arguments: [
        "cron=0+2+*+*+*&timezone=Etc/GMT%2B5", "cron=0+2+*+*+*&timezone=Etc/GMT+5",
        "cron=0+2+*+*+*&timezone=Etc%2FGMT%2B5",
        "cron=TZ=Etc/GMT%2B5%200%202%20*%20*%20*", "cron=TZ=Etc/GMT%2B5+0+2+*+*+*", "cron=TZ%3DEtc%2FGMT%2B5+0+2+*+*+*",
        "cron=CRON_TZ=Etc/GMT%2B5+0+2+*+*+*",
    ])
    func thePlusOfAZoneIsHeard(_ query: String) async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "preview")
            let answer = try await session.get("/schedules/preview?\(query)&count=1&from=2026-01-01T00:00:00+00:00")
            #expect(try answer.json()["next"]?.array?.first?.string == "2026-01-01T07:00:00Z", "\(answer.text)")
        }
    }

    /// A plus that is a space, as forms have it, though what follows it is a digit.
    @Test(arguments: [
        ("cron=TZ=Europe/Berlin+0+2+*+*+*", "2026-01-01T01:00:00Z"),
        ("cron=TZ%3DUTC+5+0+*+*+*", "2026-01-01T00:05:00Z"),
        ("cron=TZ%3DEtc%2FGMT+5+0+2+*+*+*", "2026-01-01T02:00:05Z"),
        ("cron=TZ=UTC%205%200+*+*+*", "2026-01-01T00:05:00Z"),
    ])
    func thePlusOfAFormIsASpace(_ query: String, _ first: String) async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "preview")
            let answer = try await session.get("/schedules/preview?\(query)&count=1&from=2026-01-01T00:00:00Z")
            #expect(try answer.json()["next"]?.array?.first?.string == first, "\(answer.text)")
        }
    }

    @Test(arguments: [
        ("", "cron"), ("cron=", "cron"), ("cron=TZ=Etc/GMT+5%200%202%20*%20*%20*", "cron"),
        ("cron=TZ=Etc/GMT+5+0+2+*+*+*", "cron"), ("cron=CRON_TZ=UTC+5+0+2+*+*", "cron"),
        ("cron=TZ%3DEtc/GMT+5%200%202%20*%20*%20*", "cron"), ("cron=+TZ=GMT+0+0+2+*+*+*", "cron"),
        ("cron=@daily&timezone=Etc/GMT%205", "timezone"), ("cron=@daily&timezone=UTC+5", "timezone"),
        ("cron=61%20*%20*%20*%20*", "cron"), ("cron=*/0%20*%20*%20*%20*", "cron"),
        ("cron=@daily&timezone=Mars", "timezone"), ("cron=@daily&from=yesterday", "from"),
        ("cron=@daily&count=0", "count"), ("cron=@daily&count=1001", "count"), ("cron=@daily&tz=UTC", "tz"),
        ("cron=TZ=Asia/Tokyo%200%209%20*%20*%20*&timezone=UTC", "timezone"),
    ])
    func whatIsWrongIsNamed(_ query: String, field: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "preview").get("/schedules/preview?\(query)")
            try answer.expectProblem("validation-failed", .unprocessableContent)
            #expect(try Array(answer.fieldErrors().keys) == [field], "\(answer.text)")
        }
    }

    @Test func onlyThoseWithATokenGetIn() async throws {
        try await TestPlatform.shared().serve { api in
            try await api.anonymous.get("/schedules/preview?cron=@daily")
                .expectProblem("authentication-required", .unauthorized)
        }
    }
}
