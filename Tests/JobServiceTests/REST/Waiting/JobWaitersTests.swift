import Concurrency
import Foundation
import JobCore
import Testing

@testable import JobService
@testable import JobStore
@testable import Platform

struct JobWaitersTests {
    private let job = JobID.make()
    private let other = JobID.make()

    private func holder(_ principal: String, of tenant: String = "acme") -> FairPlaces.Holder {
        FairPlaces.Holder(tenant: TenantName(validated: tenant), principal: principal)
    }

    @Test func onlyThoseWhoWaitForTheJobAreWoken() async throws {
        let waiters = JobWaiters()
        #expect(!waiters.isAwaited)
        let (first, second) = (try waiters.begin(job, by: holder("ada")), try waiters.begin(job, by: holder("bob")))
        let third = try waiters.begin(other, by: holder("ada"))
        #expect(waiters.isAwaited)
        #expect(waiters.awaited(among: [job, job, .make()]) == [job])
        #expect(waiters.wake([job]) == [])
        await first.ended.wait()
        await second.ended.wait()
        waiters.end(first)
        waiters.end(second)
        waiters.end(second)
        #expect(waiters.jobs == [other])
        waiters.end(third)
        #expect(!waiters.isAwaited && waiters.count == 0)
    }

    @Test func whatOthersWaitForIsToldOnceAndForgottenInTime() {
        let waiters = JobWaiters()
        let now = ContinuousClock.now
        waiters.remember([job, other], until: now + .seconds(1))
        #expect(waiters.isAwaited)
        #expect(waiters.wake([job]) == [job])
        #expect(waiters.wake([job]) == [])
        waiters.forget(before: now)
        #expect(waiters.awaited(among: [other]) == [other])
        waiters.forget(before: now + .seconds(1))
        #expect(!waiters.isAwaited)
    }

    @Test func noMoreWaitThanMayAndANewcomerAlwaysFindsAPlace() async throws {
        let (waiters, limits) = (JobWaiters(), JobWaiters.limits)
        let mine = try (0..<limits.principal).map { _ in try waiters.begin(job, by: holder("ada")) }
        #expect(throws: FairPlaces.Refusal.principal) { try waiters.begin(job, by: holder("ada")) }
        for _ in mine.count..<limits.tenant { _ = try waiters.begin(job, by: holder("bob")) }
        #expect(throws: FairPlaces.Refusal.principal) { try waiters.begin(job, by: holder("ada")) }
        for _ in limits.tenant..<limits.all { _ = try waiters.begin(other, by: holder("eve", of: "other")) }
        // Of those with the most places the first one is told how its job stands: of its tenant's, and of all.
        _ = try waiters.begin(job, by: holder("cy"))
        await mine[0].ended.wait()
        _ = try waiters.begin(job, by: holder("new", of: "third"))
        await mine[1].ended.wait()
        #expect(waiters.count == limits.all + 2, "whose place was taken away is on the list until it has answered")
        for waiter in mine { waiters.end(waiter) }
        _ = try waiters.begin(job, by: holder("ada"))
    }

    @Test func aNoticeIsReadAsItWasWritten() throws {
        let jobs = (0..<450).map { _ in JobID.make() }
        let service = UUID()
        let texts = JobWaitNotice.awaited(jobs, by: service).texts
        #expect(texts.count == 3)
        #expect(texts.allSatisfy { $0.utf8.count < 8_000 })
        var read: [JobID] = []
        for text in texts {
            guard case .awaited(let some, by: service) = JobWaitNotice(text) else {
                Issue.record("\(text)")
                return
            }
            read += some
        }
        #expect(read == jobs)
        #expect(JobWaitNotice.ended([job]).texts.map { JobWaitNotice($0) } == [.ended([job])])
        #expect(JobWaitNotice("") == nil && JobWaitNotice("awaited x") == nil && JobWaitNotice("else") == nil)
        #expect(JobWaitNotice.ended([]).texts.isEmpty)
    }
}
