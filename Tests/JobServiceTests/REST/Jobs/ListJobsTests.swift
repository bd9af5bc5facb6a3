import Formats
import Foundation
import HTTPTypes
import JobCore
import Testing

@testable import JobService
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct ListJobsTests {
    @Test func pagesHaveNeitherGapsNorRepeats() async throws {
        let platform = try await TestPlatform.shared()
        try await platform.serve { api in
            let session = try await api.session(tenant: "pages")
            let ids = try await platform.submit(120, tenant: "pages")
            for limit in [7, 50, 119, 120, 121] {
                var seen: [String] = []
                var cursor: String?
                repeat {
                    let uri = "/jobs?limit=\(limit)" + (cursor.map { "&cursor=\($0)" } ?? "")
                    let page = try await session.get(uri).json()
                    let jobs = try #require(page["jobs"]?.array)
                    #expect(jobs.count == min(limit, 120 - seen.count))
                    for job in jobs { seen.append(try #require(try job.object?["id"]?.string)) }
                    cursor = page["next_cursor"]?.string
                    // Only a page that was cut off says that there is more.
                    #expect((cursor == nil) == (seen.count == 120))
                } while cursor != nil
                #expect(seen == ids.reversed())
            }
        }
    }

    @Test func anOffsetPassesOver() async throws {
        let platform = try await TestPlatform.shared()
        try await platform.serve { api in
            let session = try await api.session(tenant: "offsets")
            let ids = try await platform.submit(30, tenant: "offsets")
            let page = try await session.get("/jobs?limit=20&offset=8").json()
            let listed = try #require(page["jobs"]?.array).compactMap { try $0.object?["id"]?.string }
            #expect(listed == Array(ids.reversed()[8..<28]))
        }
    }

    @Test func largeJobsMakeShortPagesAndNoneIsLost() async throws {
        let payload = Array("\"\(String(repeating: "x", count: 900_000))\"".utf8)
        let platform = try await TestPlatform.shared()
        try await platform.serve { api in
            let session = try await api.session(tenant: "large")
            let ids = try await platform.submit(20, tenant: "large", payload: payload)
            let first = try await session.get("/jobs?limit=500").json()
            let firstIDs = try #require(first["jobs"]?.array).compactMap { try $0.object?["id"]?.string }
            #expect(firstIDs.count == 16)
            let cursor = try #require(first["next_cursor"]?.string)
            let second = try await session.get("/jobs?limit=500&cursor=\(cursor)").json()
            let secondIDs = try #require(second["jobs"]?.array).compactMap { try $0.object?["id"]?.string }
            #expect(firstIDs + secondIDs == ids.reversed())
        }
    }

    @Test func filtersNarrow() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(tenant: "filters")
            let start = RFC3339.string(Date().addingTimeInterval(-60))
            let future = RFC3339.string(Date().addingTimeInterval(60)).replacingOccurrences(of: "Z", with: "+00:00")
            for body in [
                #"{"type":"a","queue":"q1","tags":["red","blue"]}"#, #"{"type":"b","queue":"q1","delay":60}"#,
                #"{"type":"a","queue":"q2","payload":{"user":{"id":42},"say":"hello"}}"#,
            ] {
                #expect(try await session.post("/jobs", body).status == .created)
            }
            let expected = [
                "": 3, "type=a": 2, "queue=q1": 2, "queue_name=q2": 1, "status=scheduled": 1, "status=queued": 2,
                "status=dead": 0, "tag=red": 1, "tag=green": 0, "state=queued": 2, "type=a&queue=q1": 1,
                "created_after=\(start)": 3,
                "created_after=\(future)": 0, "created_after=\(future.replacingOccurrences(of: "+", with: "%2B"))": 0,
                "created_before=\(start)": 0, "created_before=\(future)": 3,
                "created_after=\(start)&created_before=\(future)": 3,
                "state=queued,scheduled": 3, "state=dead,scheduled": 1, "priority=normal": 3, "priority=low": 0,
                "tenant=filters": 3, "payload=user.id=42": 1, "payload=user.id=4": 0, "text=HELLO": 1, "text=B": 1,
                "error_kind=error": 0, "worker=0199d1a0-6f00-7abc-8def-0123456789ab": 0,
            ]
            for (query, count) in expected {
                let answer = try await session.get("/jobs?\(query)")
                #expect(try answer.json()["jobs"]?.array?.count == count, "\(query): \(answer.text)")
                #expect(try answer.json()["is_complete"]?.bool == true)
                let counted = try await session.get("/jobs/count?\(query)").json()
                #expect(counted["count"]?.int == count && counted["is_exact"]?.bool == true, "\(query)")
            }
        }
    }

    @Test(arguments: [
        ("limit=0", "limit"), ("limit=501", "limit"), ("limit=ten", "limit"), ("offset=-1", "offset"),
        ("offset=99999999999", "offset"), ("status=done", "status"), ("type=a%20b", "type"), ("queue=%C3%BC", "queue"),
        ("tag=%00", "tag"), ("created_after=yesterday", "created_after"), ("cursor=5", "cursor"),
        ("stauts=dead", "stauts"), ("created_before=5", "created_before"), ("fields=id,typ", "fields"),
        ("fields=id,", "fields"),
        ("state=queued,don", "state"), ("tenant=other", "tenant"), ("priority=urgent", "priority"),
        ("payload=a", "payload"),
        ("payload=a..b=1", "payload"), ("worker=5", "worker"), ("error_kind=a%20b", "error_kind"), ("text=%07", "text"),
        ("limit=5&limit=6", "limit"), ("queue=a&queue_name=b", "queue_name"),
    ])
    func aWrongParameterIsNamed(_ query: String, field: String) async throws {
        try await TestPlatform.shared().serve { api in
            let answer = try await api.session(tenant: "filters").get("/jobs?\(query)")
            try answer.expectProblem("validation-failed", .unprocessableContent)
            #expect(try Array(answer.fieldErrors().keys) == [field])
        }
    }
}

extension TestPlatform {
    /// Stores jobs, one after the other in the order of their ids.
    fileprivate func submit(_ count: Int, tenant: String, payload: [UInt8] = Array("{}".utf8)) async throws -> [String]
    {
        let tenant = try TenantName(tenant)
        let type = try JobType("t")
        // Ids made within one microsecond have no order of their own.
        let jobs = (0..<count).map { _ in NewJob(tenant: tenant, type: type, payload: payload) }
            .sorted { $0.id.description < $1.id.description }
        _ = try await stores.submissions.insert(jobs)
        return jobs.map(\.id.description)
    }
}
