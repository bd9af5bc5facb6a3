import Formats
import Foundation
import HTTPTypes
import Postgres
import TestSupport
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct FigureTests {
    @Test func anOverviewTellsEachOfWhatItMaySee() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            _ = try await platform.openSession(name: "w", lease: .seconds(60))
            let (mine, other) = (try await api.session(tenant: "mine"), try await api.session(tenant: "other"))
            let admin = try await api.session(.admin, tenant: "root")
            for tenant in ["mine", "other"] { try await admin.makeTenant(tenant) }
            for _ in 0..<3 { #expect(try await mine.post("/jobs", #"{"type":"t"}"#).status == .created) }
            #expect(try await other.post("/jobs", #"{"type":"t","delay":60}"#).status == .created)
            let own = try await mine.get("/overview").json()
            #expect(own["tenant"]?.string == "mine")
            #expect(try own.at("jobs", "queued")?.int == 3 && own.at("jobs", "scheduled")?.int == 0)
            #expect(own["slots"]?.isNull == true && own["workers"]?.isNull == true && own["wait"]?.isNull == true)
            #expect(own["queues"]?.int == 1 && own["paused_queues"]?.int == 0 && own["failure_ratio"]?.isNull == true)
            let all = try await admin.get("/overview").json()
            #expect(all["tenant"]?.isNull == true && all["workers"]?.int == 1)
            #expect(try all.at("jobs", "queued")?.int == 3 && all.at("jobs", "scheduled")?.int == 1)
            #expect(try all.at("slots", "total")?.int == 8 && all.at("slots", "used")?.int == 0)
            #expect(try await admin.get("/overview?tenant=other").json().at("jobs", "queued")?.int == 0)
            // Nobody asked Redis, and it is known that it is not there.
            #expect(try all.at("components", "redis")?.string == "away")
            #expect(try all.at("components", "postgres")?.string == "ok")
            #expect(try await mine.get("/overview?tenant=mine").status == .ok)
            for path in ["/overview?tenant=other", "/history?tenant=other"] {
                #expect(try await mine.get(path).status == .notFound)
            }
            for path in ["/overview?tenant=nobody", "/history?tenant=nobody"] {
                #expect(try await admin.get(path).status == .notFound)
            }
            for path in ["/overview?queue=q", "/history?range=week", "/history?range=", "/history?queue=a%20b"] {
                #expect(try await admin.get(path).status == .unprocessableContent, "\(path)")
            }
        }
        await platform.close()
    }

    @Test func aHistoryHasNoHoles() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let user = try await api.session(tenant: "mine")
            #expect(try await user.post("/jobs", #"{"type":"t","queue":"q"}"#).status == .created)
            try await platform.pool.execute(
                "update figure_keeping set began = began - interval '1 day', closed = date_trunc('minute', now()) - interval '2 minutes'"
            )
            _ = try await platform.pool.query(Statements.closeMinute, Int32(10), Int32(10))
            for (path, step, count) in [
                ("/history", 60, 60), ("/history?range=hour&queue=q", 60, 60), ("/history?range=day", 900, 96),
            ] {
                let history = try await user.get(path).json()
                #expect(history["step"]?.int == step)
                let points = try #require(history["points"]?.array).map { try #require(try $0.object) }
                #expect(points.count == count)
                let times = points.compactMap { $0["at"]?.string.flatMap { RFC3339.date($0) } }
                #expect(zip(times, times.dropFirst()).allSatisfy { $1.timeIntervalSince($0) == Double(step) })
                if step == 60 {
                    #expect(points.compactMap { $0["submitted"]?.int }.reduce(0, +) == 1)
                    #expect(points.last?["queued"]?.int == 1)
                }
            }
        }
        await platform.close()
    }
}

extension JSONObjectSlice {
    /// A member of a member.
    fileprivate func at(_ name: String, _ inner: String) throws -> JSONValueSlice? { try self[name]?.object?[inner] }
}

@Suite struct WaitCountsTests {
    private func backlog(_ tenant: String, _ queue: String) -> Backlog {
        Backlog(
            tenant: TenantName(validated: tenant),
            queue: QueueName(validated: queue),
            priority: .normal,
            type: JobType(validated: "t")
        )
    }

    @Test func everybodyTenantsAndQueuesAreToldOf() {
        var counts = WaitCounts()
        counts.count((0..<10).map { (backlog("t\($0 % 2)", "q"), 1_000) }, at: 60_000_000)
        counts.count((0..<1).map { _ in (backlog("t0", "q"), 1_000) }, at: 125_000_000)
        let rows = counts.rows
        #expect(rows.count == 2 + 3 + 3)
        #expect(rows.filter { $0.scope == FigureScope(tenant: nil) }.map(\.buckets.total).sorted() == [1, 10])
        #expect(Set(rows.map(\.minute)) == [1, 2])
    }

    @Test func howManyAreToldOfIsBounded() {
        var counts = WaitCounts()
        counts.count((0..<5_000).map { (backlog("t\($0)", "q\($0)"), 1_000) }, at: 0)
        counts.count((0..<7).map { _ in (backlog("t1", "q1"), 1_000) }, at: 0)
        let rows = counts.rows
        #expect(rows.count == 1 + WaitCounts.tenants + WaitCounts.queues)
        #expect(rows.first { $0.scope.tenant == nil }?.buckets.total == 5_007)
        #expect(rows.first { $0.scope == FigureScope(tenant: TenantName(validated: "t1")) }?.buckets.total == 8)
        // What could not be put on record is added to what came since.
        var more = WaitCounts()
        more.add(counts)
        more.add(counts)
        #expect(more.rows.first { $0.scope.tenant == nil }?.buckets.total == 10_014)
    }
}
