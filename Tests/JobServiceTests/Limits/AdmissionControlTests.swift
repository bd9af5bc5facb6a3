import FoundationEssentials
import JobCore
import JobStore
import Synchronization
import Testing

@testable import JobService

@Suite(.timeLimit(.minutes(1))) struct AdmissionControlTests {
    /// A clock and a store that the test controls.
    private final class World: Sendable {
        private let state = Mutex((now: ContinuousClock.now, depth: 0, readings: 0))
        var now: ContinuousClock.Instant { state.withLock { $0.now } }
        var readings: Int { state.withLock { $0.readings } }
        func advance(by duration: Duration) { state.withLock { $0.now += duration } }
        func set(depth: Int) { state.withLock { $0.depth = depth } }
        func read(_ levels: [JobLevel]) -> [JobLevel: Int] {
            state.withLock { state in
                state.readings += 1
                return Dictionary(uniqueKeysWithValues: levels.map { ($0, state.depth) })
            }
        }
    }

    private func job(_ queue: String = "q", tenant: String = "t") throws -> NewJob {
        NewJob(tenant: try TenantName(tenant), queue: try QueueName(queue), type: try JobType("noop"), payload: [])
    }

    private func admits(_ admission: AdmissionControl, _ job: NewJob) async -> Bool {
        do {
            try await admission.admit([job])
            admission.settle([job], isStored: true)
            return true
        } catch {
            return false
        }
    }

    @Test func aQueueTakesNoMoreThanItsLimitBetweenReadings() async throws {
        let world = World()
        let admission = AdmissionControl(limits: QueueLimits(usual: 5), now: { world.now }, read: { world.read($0) })
        let job = try job()
        var admitted = 0
        world.set(depth: 0)
        for _ in 0..<5 where await admits(admission, job) { admitted += 1 }
        #expect(admitted == 5)
        world.set(depth: 5)
        world.advance(by: .seconds(1))
        #expect(await !admits(admission, job))
        #expect(await admits(admission, try self.job("other")))
        #expect(await admits(admission, try self.job("q", tenant: "other")))
    }

    @Test func whatIsYetToBeStoredCounts() async throws {
        let world = World()
        let admission = AdmissionControl(limits: QueueLimits(usual: 2), now: { world.now }, read: { world.read($0) })
        let job = try job()
        try await admission.admit([job])
        try await admission.admit([job])
        world.advance(by: .seconds(1))
        #expect(await !admits(admission, job))
        // One of the two was not stored in the end.
        admission.settle([job], isStored: false)
        #expect(await admits(admission, job))
        world.set(depth: 1)
        #expect(await !admits(admission, job))
    }

    @Test func whatWorkersTookIsSeenBeforeAJobIsRefused() async throws {
        let world = World()
        let admission = AdmissionControl(limits: QueueLimits(usual: 3), now: { world.now }, read: { world.read($0) })
        let job = try job()
        // Workers keep up: however many come, none is refused.
        for _ in 0..<100 {
            #expect(await admits(admission, job))
            world.advance(by: .milliseconds(60))
        }
    }

    @Test func aFullQueueIsNotReadForEachRefusal() async throws {
        let world = World()
        let admission = AdmissionControl(limits: QueueLimits(usual: 3), now: { world.now }, read: { world.read($0) })
        world.set(depth: 100)
        let job = try job()
        while await admits(admission, job) { world.advance(by: .seconds(1)) }
        world.advance(by: .milliseconds(10))
        let readings = world.readings
        for _ in 0..<1_000 { #expect(await !admits(admission, job)) }
        #expect(world.readings - readings <= 1)
    }

    @Test func aJobThatWaitsForItsTimeCountsAsWell() async throws {
        let world = World()
        let admission = AdmissionControl(limits: QueueLimits(usual: 2), now: { world.now }, read: { world.read($0) })
        var job = try job()
        job.runAt = .distantFuture
        #expect(await admits(admission, job))
        #expect(await admits(admission, try self.job()))
        world.set(depth: 2)
        #expect(await !admits(admission, job))
        #expect(await !admits(admission, try self.job()))
    }

    /// What a tenant may have in all bounds it whatever its queues may have, and nobody else.
    @Test func aTenantIsBoundedInAllItsQueuesTogether() async throws {
        let world = World()
        let limits: @Sendable (TenantLimit, TenantName) -> Int = { limit, tenant in
            tenant.rawValue == "small" ? (limit == .waitingJobs ? 3 : 100) : .max
        }
        let admission = AdmissionControl(
            limits: QueueLimits(usual: 1_000),
            tenantLimit: limits,
            now: { world.now },
            read: { world.read($0) }
        )
        for index in 0..<3 { #expect(await admits(admission, try job("q\(index)", tenant: "small"))) }
        world.set(depth: 3)
        do {
            try await admission.admit([try job("other", tenant: "small")])
            Issue.record("a fourth job was let in")
        } catch let error as TenantLimitReached {
            // A reading that was under way may have seen some of them stored, which then count twice until the next.
            #expect(error.limit == .waitingJobs && error.maximum == 3 && error.used >= 3)
        }
        #expect(await admits(admission, try job("q0", tenant: "large")))
        world.set(depth: 0)
        world.advance(by: .seconds(1))
        var heavy = try job("q0", tenant: "small")
        heavy.payload = Array(repeating: 0x20, count: 101)
        do {
            try await admission.admit([heavy])
            Issue.record("101 bytes were let in")
        } catch let error as TenantLimitReached {
            #expect(error.limit == .storedBytes && error.maximum == 100)
        }
        // What was refused left nothing behind on any of its levels.
        world.advance(by: .seconds(1))
        for _ in 0..<3 { #expect(await admits(admission, try job("q9", tenant: "small"))) }
    }

    @Test func whenNothingCanBeReadTheLastReadingHolds() async throws {
        struct Away: Error {}
        let admission = AdmissionControl(limits: QueueLimits(usual: 2), read: { _ in throw Away() })
        let job = try job()
        #expect(await admits(admission, job))
        #expect(await admits(admission, job))
        #expect(await !admits(admission, job))
    }

    @Test func aQueueMayHaveALimitOfItsOwn() async throws {
        let world = World()
        let limits = QueueLimits(usual: 2)
        let queue = TenantQueue(tenant: try TenantName("t"), queue: try QueueName("q"))
        let admission = AdmissionControl(limits: limits, now: { world.now }, read: { world.read($0) })
        world.set(depth: 2)
        while await admits(admission, try job()) { world.advance(by: .seconds(1)) }
        limits.set([queue: 4])
        #expect(await admits(admission, try job()))
        limits.set([:])
        world.advance(by: .seconds(1))
        // Not by what is admitted, but as the store has it.
        #expect(await !admits(admission, try job()))
    }

    @Test func severalJobsPassTogetherOrNotAtAll() async throws {
        let world = World()
        let admission = AdmissionControl(limits: QueueLimits(usual: 5), now: { world.now }, read: { world.read($0) })
        let jobs = try (0..<6).map { _ in try job() }
        await #expect(throws: QueueFull.self) { try await admission.admit(jobs) }
        try await admission.admit(Array(jobs.prefix(5)))
        admission.settle(Array(jobs.prefix(5)), isStored: true)
        world.set(depth: 5)
        world.advance(by: .seconds(1))
        #expect(await !admits(admission, try job()))
    }
}
