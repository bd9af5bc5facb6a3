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
            var cursor: JobCursor?
            var read: [JobID] = []
            repeat {
                let page = try await fixture.stores.jobs.scan(JobFilter(), after: cursor, limit: 7)
                #expect(page.isComplete)
                read += page.jobs.map(\.id)
                cursor = page.next
            } while cursor != nil
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
            func ids(after cursor: JobCursor? = nil, _ change: (inout JobFilter) -> Void) async throws -> [JobID] {
                var filter = JobFilter()
                change(&filter)
                return try await fixture.stores.jobs.scan(filter, after: cursor, limit: 50).jobs.map(\.id)
            }
            #expect(try await ids { $0.tag = "red" } == [wanted])
            #expect(try await ids { $0.tenant = TenantName(validated: "acme") } == [wanted])
            #expect(try await ids { $0.states = [.queued] }.count == 2)
            #expect(try await ids { $0.states = [.completed] }.isEmpty)
            #expect(try await ids { $0.createdAfter = Date().addingTimeInterval(60) }.isEmpty)
            #expect(try await ids(after: JobCursor(before: .last, offset: 1)) { _ in } == [wanted])
            #expect(try await fixture.stores.jobs.job(wanted, of: .default) == nil)
        }
    }
}
