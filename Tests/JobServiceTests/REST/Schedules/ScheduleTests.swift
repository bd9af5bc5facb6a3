import Formats
import Foundation
import HTTPTypes
import JobStore
import Testing

@testable import JobService

@Suite(.timeLimit(.minutes(1)))
struct ScheduleTests {
    private static let daily = #"{"name":"daily","cron":"@daily","type":"noop"}"#

    @Test func aScheduleIsMadeWithDefaultsAndShown() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "schedules-new")
            let created = try await session.post("/schedules", Self.daily)
            #expect(created.status == .created, "\(created.text)")
            let id = try #require(try created.string("id"))
            #expect(created.headers[.location] == "/schedules/\(id)")
            #expect(created.headers[.eTag] == "\"1\"")
            let shown = try await session.get("/schedules/\(id)")
            #expect(shown.status == .ok && shown.bytes == created.bytes && shown.headers[.eTag] == "\"1\"")
            let schedule = try created.json()
            for (name, value) in [
                "name": "daily", "tenant": "schedules-new", "cron": "@daily", "description": "At 00:00",
                "missed_runs": "latest", "overlap": "allow", "type": "noop", "queue": "default", "priority": "normal",
            ] {
                #expect(schedule[name]?.string == value, "\(name)")
            }
            #expect(schedule["timezone"]?.isNull == true && schedule["last_at"]?.isNull == true)
            #expect(schedule["paused"]?.bool == false && schedule["max_attempts"]?.int == 5)
            let next = try #require(schedule["next_at"]?.string.flatMap { RFC3339.date($0) })
            #expect(next > Date() && next.timeIntervalSince1970.truncatingRemainder(dividingBy: 86_400) == 0)
        }
    }

    @Test func allMembersAreKept() async throws {
        try await TestPlatform.shared().serve { api in
            let body = """
                {"name":"all","cron":"0 9 * * *","timezone":"Europe/Berlin","missed_runs":"all","overlap":"queue",\
                "type":"t","queue":"q","payload":{"n": 1.0},"priority":"low","max_attempts":3,\
                "retry":{"strategy":"fixed","base":1.5},"timeout":2.5,"tags":["a"]}
                """
            let answer = try await api.session(tenant: "schedules-all").post("/schedules", body)
            #expect(answer.status == .created, "\(answer.text)")
            let schedule = try answer.json()
            #expect(schedule["timezone"]?.string == "Europe/Berlin" && schedule["overlap"]?.string == "queue")
            #expect(schedule["missed_runs"]?.string == "all" && schedule["priority"]?.string == "low")
            #expect(schedule["payload"]?.rawBytes.elementsEqual(#"{"n": 1.0}"#.utf8) == true)
            #expect(schedule["timeout"]?.double == 2.5 && schedule["max_attempts"]?.int == 3)
            #expect(try schedule["retry"]?.object?["base"]?.double == 1.5)
            #expect(schedule["tags"]?.array?.map(\.string) == ["a"])
        }
    }

    @Test(arguments: [
        (#"{"cron":"@daily","type":"t"}"#, "name"), (#"{"name":"a b","cron":"@daily","type":"t"}"#, "name"),
        (#"{"name":"n","type":"t"}"#, "cron"), (#"{"name":"n","cron":5,"type":"t"}"#, "cron"),
        (#"{"name":"n","cron":"61 * * * *","type":"t"}"#, "cron"),
        (#"{"name":"n","cron":"0 0 30 2 *","type":"t"}"#, "cron"),
        (#"{"name":"n","cron":"@daily","timezone":"Mars/Olympus","type":"t"}"#, "timezone"),
        (#"{"name":"n","cron":"TZ=Asia/Tokyo 0 9 * * *","timezone":"Europe/Berlin","type":"t"}"#, "timezone"),
        (#"{"name":"n","cron":"@daily"}"#, "type"),
        (#"{"name":"n","cron":"@daily","type":"t","overlap":"no"}"#, "overlap"),
        (#"{"name":"n","cron":"@daily","type":"t","missed_runs":"some"}"#, "missed_runs"),
        (#"{"name":"n","cron":"@daily","type":"t","max_attempts":0}"#, "max_attempts"),
        (#"{"name":"n","cron":"@daily","type":"t","timezome":"UTC"}"#, "timezome"),
        (#"{"name":"n","cron":"@daily","type":"t","delay":5}"#, "delay"),
    ])
    func eachWrongFieldIsNamed(_ body: String, field: String) async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "schedules-refused")
            let answer = try await session.post("/schedules", body)
            try answer.expectProblem("validation-failed", .unprocessableContent)
            #expect(try Array(answer.fieldErrors().keys) == [field], "\(answer.text)")
            #expect(try await session.get("/schedules").json()["schedules"]?.array?.isEmpty == true)
        }
    }

    @Test func refusalsSayWhatIsAllowed() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "schedules-refused")
            let wrong = #"{"name":"n","cron":"61 * * * *","timezone":"Mars","type":"t","overlapp":"skip"}"#
            let errors = try await session.post("/schedules", wrong).fieldErrors()
            #expect(errors["cron"]?.contains("minute '61'") == true)
            #expect(errors["timezone"]?.contains("Europe/Berlin") == true)
            #expect(errors["overlapp"] == "is not known; did you mean 'overlap'?")
            let long = String(repeating: "0,", count: 600)
            let answer = try await session.post("/schedules", #"{"name":"n","cron":"\#(long)","type":"t"}"#)
            #expect(try answer.fieldErrors()["cron"]?.contains("1000 characters") == true)
            let payload = String(repeating: "x", count: 70_000)
            let large = #"{"name":"n","cron":"@daily","type":"t","payload":"\#(payload)"}"#
            try await session.post("/schedules", large).expectProblem("content-too-large", .contentTooLarge)
        }
    }

    @Test func aNameIsTakenOnceInATenant() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "schedules-name")
            #expect(try await session.post("/schedules", Self.daily).status == .created)
            let again = try await session.post("/schedules", Self.daily)
            try again.expectProblem("name-taken", .conflict)
            #expect(try Array(again.fieldErrors().keys) == ["name"])
            let other = try await api.session(tenant: "schedules-name-2").post("/schedules", Self.daily)
            #expect(other.status == .created)
            let second = try await session.post("/schedules", #"{"name":"second","cron":"@daily","type":"t"}"#)
            let id = try #require(try second.string("id"))
            try await session.send(.put, "/schedules/\(id)", Self.daily).expectProblem("name-taken", .conflict)
        }
    }

    @Test func pagesHaveNeitherGapsNorRepeats() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "schedules-pages")
            var ids: [String] = []
            for index in 0..<7 {
                let body = #"{"name":"s\#(index)","cron":"@daily","type":"t"}"#
                ids.append(try #require(try await session.post("/schedules", body).string("id")))
            }
            var seen: [String] = []
            var cursor: String?
            repeat {
                let uri = "/schedules?limit=3" + (cursor.map { "&cursor=\($0)" } ?? "")
                let page = try await session.get(uri).json()
                seen += try #require(page["schedules"]?.array).compactMap { try $0.object?["id"]?.string }
                cursor = page["next_cursor"]?.string
            } while cursor != nil
            #expect(seen == ids.reversed())
            let wrong = try await session.get("/schedules?limit=0&cursor=x&limmit=1")
            #expect(try Set(wrong.fieldErrors().keys) == ["limit", "cursor", "limmit"])
        }
    }

    @Test func aListIsOfTheTenantThatAnAdministratorNames() async throws {
        try await TestPlatform.shared().serve { api in
            let owner = try await api.session(tenant: "schedules-named")
            let other = try await api.session(tenant: "schedules-named-2")
            let id = try #require(try await owner.post("/schedules", Self.daily).string("id"))
            #expect(try await other.post("/schedules", Self.daily).status == .created)
            let uri = "/schedules?tenant=schedules-named"
            for session in [owner, try await api.session(.admin, tenant: "root")] {
                let listed = try #require(try await session.get(uri).json()["schedules"]?.array)
                #expect(try listed.map { try $0.object?["id"]?.string } == [id])
            }
            #expect(try Array(await other.get(uri).fieldErrors().keys) == ["tenant"])
        }
    }

    @Test func aPutReplacesAndHeedsTheVersionThatWasSeen() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "schedules-put")
            let id = try #require(try await session.post("/schedules", Self.daily).string("id"))
            let hourly = #"{"name":"hourly","cron":"@hourly","type":"echo","overlap":"skip"}"#
            let stale = try await session.send(.put, "/schedules/\(id)", hourly, [.ifMatch: "\"7\""])
            try stale.expectProblem("precondition-failed", .preconditionFailed)
            #expect(stale.headers[.eTag] == "\"1\"")
            let replaced = try await session.send(.put, "/schedules/\(id)", hourly, [.ifMatch: "\"9\", \"1\""])
            #expect(replaced.status == .ok && replaced.headers[.eTag] == "\"2\"", "\(replaced.text)")
            #expect(try replaced.string("cron") == "@hourly" && replaced.string("overlap") == "skip")
            #expect(try await session.send(.put, "/schedules/\(id)", hourly).status == .ok)
            let wrong = try await session.send(.put, "/schedules/\(id)", #"{"name":"n","cron":"* *","type":"t"}"#)
            #expect(try Array(wrong.fieldErrors().keys) == ["cron"])
        }
    }
}
