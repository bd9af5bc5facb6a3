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

    @Test(arguments: [
        ("", "cron"), ("cron=", "cron"), ("cron=61%20*%20*%20*%20*", "cron"), ("cron=*/0%20*%20*%20*%20*", "cron"),
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
