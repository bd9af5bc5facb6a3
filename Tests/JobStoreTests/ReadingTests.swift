import Foundation
import Testing

@testable import JobCore
@testable import JobStore

@Suite(.timeLimit(.minutes(1))) struct ReadingTests {
    @Test func pagesFollowEachOtherWithoutGapOrRepeatOverAllStates() async throws {
        try await StoreFixture.run { fixture in
            var ids: [JobID] = []
            for index in 0..<30 {
                let id = try await fixture.submitAndClaim()
                if index % 3 == 0 { try await fixture.end(id, run: 1, .success(result: nil)) }
                if index % 3 == 1 {
                    try await fixture.end(id, run: 1, .failure(RunFailure(kind: "error", error: "x", isFinal: true)))
                }
                ids.append(id)
            }
            var filter = JobFilter(tenant: nil, limit: 7)
            var read: [JobID] = []
            while true {
                let page = try await fixture.stores.jobs.jobs(matching: filter)
                read += page.map(\.id)
                guard let last = page.last else { break }
                filter.before = last.id
            }
            #expect(read == ids.sorted { $0.description > $1.description })
            #expect(Set(read) == Set(ids))
        }
    }

    @Test func filtersNarrowTheList() async throws {
        try await StoreFixture.run { fixture in
            let wanted = try await fixture.submit {
                $0.tags = ["red"]
                $0.tenant = TenantName(validated: "acme")
            }
            _ = try await fixture.submit { $0.tags = ["blue"] }
            func ids(_ change: (inout JobFilter) -> Void) async throws -> [JobID] {
                var filter = JobFilter(tenant: nil)
                change(&filter)
                return try await fixture.stores.jobs.jobs(matching: filter).map(\.id)
            }
            #expect(try await ids { $0.tag = "red" } == [wanted])
            #expect(try await ids { $0.tenant = TenantName(validated: "acme") } == [wanted])
            #expect(try await ids { $0.state = .queued }.count == 2)
            #expect(try await ids { $0.state = .completed }.isEmpty)
            #expect(try await ids { $0.createdAfter = Date().addingTimeInterval(60) }.isEmpty)
            #expect(try await ids { $0.offset = 1 }.count == 1)
            #expect(try await fixture.stores.jobs.job(wanted, of: .default) == nil)
        }
    }
}
