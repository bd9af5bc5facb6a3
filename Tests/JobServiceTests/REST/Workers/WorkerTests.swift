import Foundation
import HTTPTypes
import JobCore
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WorkerTests {
    @Test func liveWorkersAreListedInPages() async throws {
        let platform = try await TestPlatform(url: await TestServers.shared.database())
        try await platform.serve { api in
            let leases = platform.stores.leases
            var live: Set<String> = []
            for number in 0..<3 {
                let worker = WorkerID.make()
                _ = try await leases.register(worker, name: "w\(number)", slots: 8, lease: .seconds(60))
                _ = try await leases.renew([(worker, 5)], lease: .seconds(60))
                live.insert(worker.description)
            }
            _ = try await leases.register(.make(), name: "gone", slots: 8, lease: .milliseconds(0))
            let admin = try await api.session(.admin, tenant: "t")
            var seen: [String] = []
            var cursor: String?
            repeat {
                let page = try await admin.get("/workers?limit=2" + (cursor.map { "&cursor=\($0)" } ?? "")).json()
                for entry in try #require(page["workers"]?.array) {
                    let worker = try #require(try entry.object)
                    seen.append(try #require(worker["id"]?.string))
                    #expect(worker["slots"]?.int == 8)
                    #expect(worker["running"]?.int == 5)
                    #expect(worker["name"]?.string?.first == "w")
                    #expect(worker["lease_until"]?.string.flatMap { RFC3339.date($0) } ?? .distantPast > Date())
                }
                cursor = page["next_cursor"]?.string
            } while cursor != nil
            #expect(seen.count == 3)
            #expect(Set(seen) == live)
            #expect(try await api.session(tenant: "t").get("/workers").status == .forbidden)
        }
        await platform.close()
    }
}
