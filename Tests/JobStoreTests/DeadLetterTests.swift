import Foundation
import Postgres
import Testing

@testable import Formats
@testable import JobCore
@testable import JobStore

@Suite(.timeLimit(.minutes(1))) struct DeadLetterTests {
    private let actor = AuditActor(Principal(subject: "root", tenant: .default, role: .admin))

    /// A job that dies of an error.
    private func dead(
        _ fixture: StoreFixture,
        of error: String,
        _ change: (inout NewJob) -> Void = { _ in }
    ) async throws -> JobID {
        let id = try await fixture.submitAndClaim(change)
        let ended = try await fixture.end(id, run: 1, .failure(RunFailure(kind: "error", error: error, isFinal: true)))
        #expect(ended.deaths.map(\.id) == [id])
        return id
    }

    private func audit(_ fixture: StoreFixture) async throws -> [(String, String, String, String)] {
        let statement = PostgresStatement(
            "audit",
            "select actor, action, target, details::text from audit_log order by id"
        )
        return try await fixture.pool.query(statement).decode(String.self, String.self, String.self, String.self)
    }

    @Test func pagesFollowEachOtherFromTheLatestDeathOn() async throws {
        try await StoreFixture.run { fixture in
            var ids: [JobID] = []
            for index in 0..<7 { ids.append(try await dead(fixture, of: "no \(index)")) }
            var read: [JobID] = []
            var cursor: DeadLetterCursor?
            repeat {
                let page = try await fixture.stores.deadLetters.letters(
                    matching: DeadLetterFilter(),
                    after: cursor,
                    limit: 3
                )
                read += page.elements.map(\.id)
                #expect(page.isComplete)
                cursor = page.last.flatMap { DeadLetterCursor(DeadLetterCursor(after: $0).description) }
            } while cursor != nil
            #expect(read == ids.reversed())
        }
    }

    @Test func aPageThatMayLookAtLittleGoesOnWhereItEnded() async throws {
        try await StoreFixture.run { fixture in
            let acme = TenantName(validated: "acme")
            var ids: [JobID] = []
            for index in 0..<9 {
                ids.append(
                    try await dead(fixture, of: "bad") {
                        $0.tenant = acme
                        $0.queue = QueueName(validated: index % 4 == 0 ? "rare" : "usual")
                    }
                )
                _ = try await dead(fixture, of: "bad") { $0.queue = QueueName(validated: "rare") }
            }
            let rare = [ids[8], ids[4], ids[0]]
            var filter = DeadLetterFilter()
            filter.queue = QueueName(validated: "rare")
            filter.tenant = acme
            let byTenant = try await pages(fixture, filter, limit: 2, budget: 3)
            #expect(byTenant.flatMap(\.ids) == rare)
            #expect(byTenant.map(\.isComplete) == [false, false, false, true])
            filter.fingerprint = try await fixture.stores.deadLetters.groups(matching: filter, limit: 1).groups[0]
                .fingerprint
            let byCause = try await pages(fixture, filter, limit: 1, budget: 4)
            #expect(byCause.flatMap(\.ids) == rare)
            #expect(byCause.contains { $0.ids.isEmpty && !$0.isComplete })
            filter = DeadLetterFilter()
            filter.queue = QueueName(validated: "nowhere")
            #expect(
                try await pages(fixture, filter, limit: 5, budget: 5).map(\.isComplete) == [false, false, false, true]
            )
            filter.queue = QueueName(validated: "usual")
            #expect(try await pages(fixture, filter, limit: 50, budget: 50).map(\.ids.count) == [6])
        }
    }

    private func pages(
        _ fixture: StoreFixture,
        _ filter: DeadLetterFilter,
        limit: Int,
        budget: Int
    ) async throws -> [(ids: [JobID], isComplete: Bool)] {
        var (pages, cursor): ([(ids: [JobID], isComplete: Bool)], DeadLetterCursor?) = ([], nil)
        repeat {
            let page = try await fixture.stores.deadLetters.letters(
                matching: filter,
                after: cursor,
                limit: limit,
                budget: budget
            )
            pages.append((page.elements.map(\.id), page.isComplete))
            cursor = page.last.map(DeadLetterCursor.init(after:))
        } while cursor != nil && pages.count < 50
        return pages
    }

    @Test func deathsOfOneCauseAreOneGroup() async throws {
        try await StoreFixture.run { fixture in
            for index in 0..<3 { _ = try await dead(fixture, of: "user \(index) not found") }
            let other = try await dead(fixture, of: "disk full") { $0.tenant = TenantName(validated: "acme") }
            let (groups, isComplete) = try await fixture.stores.deadLetters.groups(
                matching: DeadLetterFilter(),
                limit: 10
            )
            let latest = try await fixture.stores.deadLetters.groups(
                matching: DeadLetterFilter(),
                limit: 10,
                budget: 2
            )
            #expect(latest.groups.map(\.count) == [1, 1] && !latest.isComplete)
            #expect(groups.map(\.count) == [3, 1] && isComplete)
            #expect(groups.map(\.sampleError) == ["user 2 not found", "disk full"])
            #expect(groups.map(\.kind) == ["error", "error"])
            #expect(groups[1].sampleID == other && groups[0].firstDiedAt < groups[0].lastDiedAt)
            var filter = DeadLetterFilter()
            filter.fingerprint = groups[0].fingerprint
            #expect(try await fixture.stores.deadLetters.ids(of: .init(filter: filter), limit: 10).count == 3)
            filter = DeadLetterFilter()
            filter.tenant = TenantName(validated: "acme")
            #expect(try await fixture.stores.deadLetters.ids(of: .init(filter: filter), limit: 10) == [other])
        }
    }

    @Test func aReplayedJobBeginsItsAttemptsAnewAndKeepsItsHistory() async throws {
        try await StoreFixture.run { fixture in
            let id = try await dead(fixture, of: "bad")
            let selection = DeadLetterSelection(ids: [id])
            let replayed = try await fixture.stores.deadLetters.replay(selection, limit: 10, pace: nil, by: actor)
            #expect(replayed.jobs.count == 1)
            #expect(replayed.announcements.map(\.run) == [2])
            let job = try await fixture.job(id)
            #expect((job.state, job.run, job.attempt, job.error) == (.queued, 1, 0, "bad"))
            let again = try await fixture.stores.deadLetters.replay(selection, limit: 10, pace: nil, by: actor)
            #expect(again.jobs.count == 0)
            _ = try await fixture.claim(id, run: 2)
            try await fixture.end(id, run: 2, .success(result: nil))
            let attempts = try await fixture.stores.jobs.attempts(of: fixture.job(id))
            #expect(attempts.map(\.run) == [2, 1])
            #expect(attempts.map(\.outcome) == [.completed, .failed])
            #expect(try await fixture.counts() == JobCounts(submitted: 1, completed: 1, failed: 1, died: 1))
            let entries = try await audit(fixture)
            #expect(entries.map(\.0) == ["root"])
            #expect(entries.map(\.1) == ["dead_letters.replay"])
            #expect(entries.map(\.2) == [id.description])
            #expect(entries.map(\.3) == [#"{"count":1,"ids":["\#(id)"]}"#])
        }
    }

    @Test func aPaceSpreadsReplayedJobsEvenly() async throws {
        try await StoreFixture.run { fixture in
            var ids: [JobID] = []
            for _ in 0..<4 { ids.append(try await dead(fixture, of: "bad")) }
            let start = Date(microsecondsSince1970: 4_000_000_000_000_000)
            let pace = ReplayPace(start: start, rate: 2, position: 10)
            let replayed = try await fixture.stores.deadLetters.replay(.init(), limit: 3, pace: pace, by: actor)
            #expect(replayed.jobs.count == 3 && replayed.announcements.isEmpty)
            for (index, id) in ids.prefix(3).enumerated() {
                let job = try await fixture.job(id)
                #expect(job.state == .scheduled)
                #expect(job.runAt == start.addingTimeInterval(5 + Double(index) / 2))
            }
            #expect(try await fixture.job(ids[3]).state == .dead)
            try await fixture.expectCountersToMatchRows("paced replay")
        }
    }

    @Test func aDeletedDeadLetterIsGoneWithItsAttempts() async throws {
        try await StoreFixture.run { fixture in
            let id = try await dead(fixture, of: "bad")
            let kept = try await dead(fixture, of: "worse")
            #expect(try await fixture.stores.deadLetters.delete(.init(ids: [id]), limit: 1, by: actor).count == 1)
            #expect(try await fixture.stores.deadLetters.delete(.init(ids: [id]), limit: 1, by: actor).count == 0)
            #expect(try await fixture.stores.jobs.job(id, of: nil) == nil)
            #expect(try await fixture.stores.jobs.attempts(of: fixture.job(kept)).count == 1)
            #expect(try await audit(fixture).map(\.1) == ["dead_letters.delete"])
            #expect(try await fixture.counts() == JobCounts(submitted: 2, failed: 2, died: 2, dead: 1))
        }
    }

    @Test func jobsLostWithTheirWorkersHostHaveOneFingerprintAType() async throws {
        try await StoreFixture.run { fixture in
            var prints: Set<String> = []
            for name in ["host-a/1", "host-b/2"] {
                let session = try await fixture.open(name: name).key
                let id = try await fixture.submit { $0.maxAttempts = 1 }
                _ = try await fixture.claim(id, run: 1, by: session)
                try await fixture.expireLeases(of: session.worker)
                prints.formUnion(try await fixture.stores.leases.endExpired(limit: 10).ended.deaths.map(\.fingerprint))
            }
            #expect(prints.count == 1 && prints.first?.utf8.count == ErrorFingerprint.length)
        }
    }
}
