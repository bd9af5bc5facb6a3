import Foundation
import Testing

@testable import JobCore
@testable import JobStore

/// That a worker whose credential is a tenant's has that tenant's jobs alone. Each statement asks the worker's row for it, so what a caller
/// of the store forgets cannot let anything through.
@Suite(.timeLimit(.minutes(1))) struct TenantOfWorkerTests {
    private static let ours = TenantName(validated: "ours")
    private static let theirs = TenantName(validated: "theirs")

    private static func backlog(_ tenant: TenantName) -> Backlog {
        Backlog(tenant: tenant, queue: .default, priority: .normal, type: Backlog.noop.type)
    }

    @Test func itIsGivenNoOtherTenantsJob() async throws {
        try await StoreFixture.run { fixture in
            let bound = try await fixture.open(tenant: Self.ours).key
            let ours = try await fixture.submit(2) { $0.tenant = Self.ours }
            let theirs = try await fixture.submit(3) { $0.tenant = Self.theirs }
            // Asked for by name and by backlog, each on its own and together with one who may have it.
            #expect(try await fixture.claim(theirs[0], run: 1, by: bound) == nil)
            #expect(try await fixture.pull(5, of: Self.backlog(Self.theirs), by: bound).isEmpty)
            var batch = ExchangeBatch()
            batch.claims = (theirs + ours).map { RunClaim(job: $0, run: 1, session: bound) }
            batch.pulls = [
                BacklogPull(Self.backlog(Self.theirs), since: 0, shares: [(bound, 1), (fixture.session, 1)])
            ]
            let granted = try await fixture.stores.exchanges.carryOut(batch).granted
            #expect(Set(granted.filter { $0.worker == bound.worker }.map(\.job)) == Set(ours))
            #expect(granted.filter { $0.worker == fixture.worker }.map(\.job) == [theirs[1]])
            #expect(try await fixture.counts() == JobCounts(submitted: 5, queued: 2, running: 3))
        }
    }

    /// Whatever put the run into its hands.
    @Test(arguments: 0..<5) func itReportsOfNoOtherTenantsJob(_ variant: Int) async throws {
        let kinds: [RunOutcome.Kind] = [
            .success(result: Array("1".utf8)), .failure(RunFailure(kind: "error", error: "x")), .release(delay: nil),
            .release(delay: .seconds(1)), .cancelled,
        ]
        try await StoreFixture.run { fixture in
            let bound = try await fixture.open(tenant: Self.ours).key
            let ids = try await fixture.submit(2) { $0.tenant = Self.ours }
            for id in ids { try #require(try await fixture.claim(id, run: 1, by: bound) != nil) }
            try await fixture.sql("update jobs_live set tenant = 'theirs' where id = '\(ids[0])'")
            for id in ids { try await fixture.end(id, run: 1, by: bound.worker, kinds[variant]) }
            #expect(try await fixture.job(ids[0]).state == .running)
            #expect(try await fixture.job(ids[1]).state != .running)
            // Nor does it hear of it, or have it given back.
            _ = try await fixture.stores.cancellations.cancel(ids[0], of: nil)
            #expect(try await fixture.cancelledRuns(of: bound).isEmpty)
            #expect(try await fixture.stores.leases.close(bound).announcements.isEmpty)
            #expect(try await fixture.job(ids[0]).state == .running)
        }
    }

    /// While its row lasts: nothing that it holds was granted to another tenant's worker.
    @Test func itStaysThatTenants() async throws {
        try await StoreFixture.run { fixture in
            let bound = try await fixture.open(tenant: Self.ours).key
            let id = try await fixture.submit { $0.tenant = Self.ours }
            try #require(try await fixture.claim(id, run: 1, by: bound) != nil)
            for tenant in [Self.theirs, nil] {
                let hello = StoreFixture.hello(bound.worker, tenant: tenant)
                #expect(try await fixture.stores.leases.open(hello, lease: .seconds(60)) == nil)
            }
            #expect(try await fixture.stores.leases.renew([(bound, 1)], lease: .seconds(60)).renewed == [bound.worker])
            #expect(try await fixture.job(id).state == .running)
            let run = RunKey(job: id, run: 1)
            #expect(try await fixture.open(bound.worker, tenant: Self.ours, runs: [run]).leaseKept)
            try await fixture.expireLeases()
            _ = try await fixture.stores.leases.endExpired(limit: 10)
            #expect(try await !fixture.open(bound.worker, tenant: Self.theirs).leaseKept)
        }
    }

    /// A run whose worker is gone is the sweep's: what is still reported of it is not taken.
    @Test func whoHasNoRowReportsNothing() async throws {
        try await StoreFixture.run { fixture in
            let id = try await fixture.submitAndClaim()
            try await fixture.sql("delete from workers")
            try await fixture.end(id, run: 1, .success(result: nil))
            #expect(try await fixture.job(id).state == .running)
            #expect(try await fixture.stores.backlogs.tend(limit: 10).orphans == 1)
            #expect(try await fixture.stores.leases.endOrphans(limit: 10).announcements.map(\.id) == [id])
        }
    }

    /// A worker says that its batch is over, says hello without what was in it, or dies: what it still had must be found.
    @Test func aBatchOfWhichARunGoesOnIsNotClosed() async throws {
        try await StoreFixture.run { fixture in
            let bound = try await fixture.open(tenant: Self.ours).key
            _ = try await fixture.submit(2) { $0.tenant = Self.ours }
            let granted = try await fixture.pull(2, of: Self.backlog(Self.ours), by: bound)
            func close() async throws -> Int {
                var batch = ExchangeBatch()
                batch.closings = [(granted[0].batch, bound.worker)]
                _ = try await fixture.stores.exchanges.carryOut(batch)
                return try await fixture.number("select count(*) from claim_batches")
            }
            #expect(try await close() == 1)
            try await fixture.end(granted[0].job, run: 1, by: bound.worker, .success(result: nil))
            #expect(try await close() == 1)
            #expect(try await fixture.stores.backlogs.tend(limit: 1).orphans == 0)
            let opened = try await fixture.open(bound.worker, tenant: Self.ours)
            #expect(opened.ended.announcements.map(\.id) == [granted[1].job])
            #expect(try await close() == 0)
        }
    }
}
