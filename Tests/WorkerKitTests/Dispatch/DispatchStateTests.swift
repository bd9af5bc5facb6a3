import Concurrency
import JobCore
import Testing

@testable import QueueFlowWorker

/// What a worker does in one case at a time; ``DispatchModelTests`` has them all at once.
struct DispatchStateTests {
    private let start = ContinuousClock.now

    private func state(
        slots: Int = 4,
        tenant: TenantName? = nil,
        types: Set<JobType> = [JobType(validated: "echo")]
    ) -> DispatchState {
        var state = DispatchState(
            DispatchConfiguration(slots: slots, scope: WorkerScope(tenant: tenant, queues: [], types: types))
        )
        _ = state.sessionOpened(leaseKept: false)
        return state
    }

    private func doorbell(_ backlog: Backlog = .sample(), since: Int64 = 0) -> JobDoorbell {
        JobDoorbell(key: RunKey(job: .make(), run: 1), hint: BacklogHint(backlog, since: since))
    }

    /// Grants runs of a backlog to a worker that has asked for them.
    private func grant(
        _ count: Int,
        _ backlog: Backlog = .sample(),
        to state: inout DispatchState,
        isExhausted: Bool = true,
        queuedAt: Int64 = 0,
        timeout: Duration? = nil,
        at now: ContinuousClock.Instant? = nil
    ) throws -> [RunKey] {
        state.hinted([BacklogHint(backlog, since: 0)])
        let exchange = try taken(state.nextExchange(at: now ?? start))
        let granted = (0..<count).map { _ in
            GrantedJob.sample(RunKey(job: .make(), run: 1), backlog, timeout: timeout, queuedAt: queuedAt)
        }
        _ = state.answered(
            exchange.sequence,
            granted: granted,
            pulled: exchange.pulls.map { _ in (isExhausted, queuedAt) },
            isCut: false,
            at: now ?? start
        )
        return granted.map(\.key)
    }

    /// The worker's first grants, all of them of one tenant: that there are others the same answer tells.
    @Test func theShareHoldsFromTheFirstGrantOn() throws {
        var state = state(slots: 10)
        state.hinted([BacklogHint(.sample(tenant: "greedy"), since: 0)])
        let exchange = try taken(state.nextExchange(at: start))
        #expect(exchange.pulls.map(\.limit) == [10])
        let granted = (0..<10).map { _ in GrantedJob.sample(RunKey(job: .make(), run: 1), .sample(tenant: "greedy")) }
        _ = state.answered(
            exchange.sequence,
            granted: granted,
            pulled: [(false, 0)],
            isCut: false,
            tenantsShare: true,
            at: start
        )
        #expect(state.startable(at: start).count == 8)
        // What is too much is given back at once, so that another tenant's job finds a place.
        let next = try taken(state.nextExchange(at: start))
        #expect(next.outcomes.count == 2 && state.free == 2)
        let urgent = doorbell(.sample(tenant: "modest"))
        state.received([urgent], at: start)
        #expect(try taken(state.nextExchange(at: start)).claims == [urgent.key])
    }

    // MARK: Limits of types

    /// Two types share a worker; the one with a limit fills neither its slots nor its places, however much of it waits.
    @Test func aTypeWithALimitLeavesTheOtherSlotsFree() throws {
        let (slow, fast) = (Backlog.sample(type: "slow"), Backlog.sample(type: "fast"))
        var state = DispatchState(
            DispatchConfiguration(
                slots: 10,
                scope: WorkerScope(tenant: nil, queues: [], types: [slow.type, fast.type]),
                limits: [slow.type: 2]
            )
        )
        _ = state.sessionOpened(leaseKept: false)
        state.hinted([BacklogHint(slow, since: 0)])
        let exchange = try taken(state.nextExchange(at: start))
        #expect(exchange.pulls.map(\.limit) == [2] && exchange.free == 8)
        _ = state.answered(
            exchange.sequence,
            granted: (0..<2).map { _ in GrantedJob.sample(RunKey(job: .make(), run: 1), slow) },
            pulled: [(false, 0)],
            isCut: false,
            at: start
        )
        let first = state.startable(at: start).map(\.run.key)
        #expect(first.count == 2 && isNil(state.nextExchange(at: start)), "the rest stays where others may take it")
        // A record of it is left to others, one of the other type is claimed.
        let (another, quick) = (doorbell(slow), doorbell(fast))
        state.received([another, quick], at: start)
        let next = try taken(state.nextExchange(at: start))
        #expect(next.claims == [quick.key] && next.pulls.isEmpty)
        #expect(next.dropped.map(\.backlog) == [slow])
        state.finished(first[0], .success(result: nil), at: start)
        #expect(try taken(state.nextExchange(at: start)).pulls.map(\.limit) == [1])
    }

    // MARK: What handlers say

    private func noted(_ exchange: OutgoingExchange) -> [Int] {
        (exchange.notes.map(\.notes) + exchange.outcomes.compactMap(\.notes)).flatMap { $0.lines.map(\.number) }
    }

    @Test func anOutcomeDoesNotOvertakeWhatWasSaidBefore() throws {
        var state = state()
        let key = try grant(1, to: &state)[0]
        let handle = try #require(state.startable(at: start).first).handle
        handle.notes.log("info", "first")
        #expect(isNil(state.nextExchange(at: start)), "it is gathered for a while")
        state.reportNotes()
        let first = try taken(state.nextExchange(at: start))
        #expect(noted(first) == [0] && first.notes.map(\.key) == [key])
        handle.notes.log("info", "second")
        state.finished(key, .success(result: nil), at: start)
        #expect(isNil(state.nextExchange(at: start)))
        #expect(state.heldRuns == [key])
        _ = state.answered(first.sequence, granted: [], pulled: [], isCut: false, at: start)
        let second = try taken(state.nextExchange(at: start))
        #expect(noted(second) == [1] && second.outcomes.map(\.key) == [key])
        // The session ends without an answer: all of it is said again, in its order.
        state.sessionEnded()
        _ = state.sessionOpened(leaseKept: true)
        let again = try taken(state.nextExchange(at: start))
        #expect(noted(again) == [1] && again.outcomes.map(\.key) == [key])
    }

    @Test func whatWasSaidIsSaidAgainInTheNextSession() throws {
        var state = state()
        let key = try grant(1, to: &state)[0]
        let handle = try #require(state.startable(at: start).first).handle
        handle.notes.log("info", "first")
        state.reportNotes()
        #expect(noted(try taken(state.nextExchange(at: start))) == [0])
        handle.notes.log("info", "second")
        state.finished(key, .success(result: nil), at: start)
        state.sessionEnded()
        _ = state.sessionOpened(leaseKept: true)
        let again = try taken(state.nextExchange(at: start))
        #expect(noted(again) == [0, 1] && again.outcomes.map(\.key) == [key])
    }

    @Test func aCheckpointIsKeptOnceItIsAnsweredAndForgottenAtTheEnd() async throws {
        var state = state()
        let key = try grant(1, to: &state)[0]
        let handle = try #require(state.startable(at: start).first).handle
        async let saved: Void = handle.notes.save(Array("[1]".utf8))
        await state.said.wait()
        state.reportNotes()
        let exchange = try taken(state.nextExchange(at: start))
        #expect(exchange.notes.map(\.notes.checkpoint) == [Array("[1]".utf8)])
        _ = state.answered(exchange.sequence, granted: [], pulled: [], isCut: false, at: start)
        try await saved
        state.finished(key, .success(result: nil), at: start)
        let last = try taken(state.nextExchange(at: start))
        #expect(last.outcomes.map(\.notes?.checkpoint) == [Array("null".utf8)])
    }

    @Test func aRunThatIsAnothersIsStopped() async throws {
        var state = state()
        let key = try grant(1, to: &state)[0]
        let handle = try #require(state.startable(at: start).first).handle
        handle.notes.progress(.init(0.5, ""))
        state.reportNotes()
        let exchange = try taken(state.nextExchange(at: start))
        let lost = state.answered(exchange.sequence, granted: [], pulled: [], isCut: false, lost: [key], at: start)
        #expect(lost.count == 1 && lost[0] === handle)
        state.finished(key, .success(result: nil), at: start)
        let report = try taken(state.nextExchange(at: start)).outcomes
        #expect(report.map { "\($0.outcome)" } == ["release(delay: nil)"])
    }

    // MARK: Urgent jobs

    /// A deep backlog of short jobs is worked off in exchanges of hundreds. A critical job has a place left, and does not wait for them.
    @Test func anUrgentJobPassesLargeExchanges() throws {
        var state = DispatchState(
            DispatchConfiguration(
                slots: 64,
                scope: WorkerScope(tenant: nil, queues: [], types: [JobType(validated: "echo")])
            )
        )
        _ = state.sessionOpened(leaseKept: false)
        state.hinted([BacklogHint(.sample(), since: 0)])
        var now = start
        // Twenty thousand jobs a second, in exchanges of 10 ms.
        for _ in 0..<50 {
            let exchange = try taken(state.nextExchange(at: now))
            now += .milliseconds(10)
            let granted = (0..<200).map { _ in GrantedJob.sample() }
            _ = state.answered(exchange.sequence, granted: granted, pulled: [(false, 0)], isCut: false, at: now)
            var runs = state.startable(at: now)
            while !runs.isEmpty {
                for (run, _) in runs { state.finished(run.key, .success(result: nil), at: now) }
                runs = state.startable(at: now)
            }
        }
        #expect(try taken(state.nextExchange(at: now)).pulls.reduce(0) { $0 + $1.limit } >= 200)
        #expect(isNil(state.nextExchange(at: now)))
        #expect(state.free == 32)
        // What is not urgent, or is one of many, is noted.
        var bulk = doorbell(.sample("other", .critical))
        bulk.isBulk = true
        state.received([doorbell(), bulk], at: now)
        #expect(state.free == 32 && isNil(state.nextExchange(at: now)))
        let urgent = doorbell(.sample("other", .critical))
        state.received([urgent], at: now)
        let exchange = try taken(state.nextExchange(at: now))
        #expect(exchange.claims == [urgent.key] && exchange.pulls.isEmpty && exchange.outcomes.isEmpty)
        // One at a time.
        state.received([doorbell(.sample("other", .high))], at: now)
        #expect(isNil(state.nextExchange(at: now)))
        _ = state.answered(
            exchange.sequence,
            granted: [.sample(urgent.key, .sample("other", .critical))],
            pulled: [],
            isCut: false,
            at: now
        )
        #expect(state.startable(at: start).map(\.run.key) == [urgent.key])
        #expect(try taken(state.nextExchange(at: now)).claims.count == 1)
    }

    // MARK: Bounds

    @Test func anExchangeAsksForAThousandRunsOf256BacklogsAtMost() throws {
        var state = state(slots: 5_000)
        state.hinted((0..<300).map { BacklogHint(.sample("q\($0)"), since: 0) })
        let many = try taken(state.nextExchange(at: start))
        #expect(many.pulls.count == 256)
        #expect(many.pulls.reduce(0) { $0 + $1.limit } <= 1_000)

        var busy = self.state(slots: 5_000)
        busy.received((0..<1_500).map { _ in doorbell() }, at: start)
        let claims = try taken(busy.nextExchange(at: start))
        // What is more is pulled.
        #expect(claims.claims.count == 1_000 && claims.pulls.isEmpty)
        let second = try taken(busy.nextExchange(at: start))
        #expect(second.pulls.map(\.limit) == [1_000])
        #expect(isNil(busy.nextExchange(at: start)))
    }

    /// Results of a mebibyte each: an exchange carries no more than fit into a message, and a worker that has many to report asks for
    /// nothing until they are on record.
    @Test func resultsAreBoundedInBytes() throws {
        var state = state(slots: 16)
        let keys = try grant(16, to: &state)
        #expect(state.startable(at: start).count == 16)
        for key in keys { state.finished(key, .success(result: Array(repeating: 0x31, count: 1 << 20)), at: start) }
        var reported = 0
        #expect(state.free == 0)
        state.hinted([BacklogHint(.sample(), since: 0)])
        while reported < 16 {
            let exchange = try taken(state.nextExchange(at: start))
            #expect(exchange.outcomes.count == 2)
            reported += exchange.outcomes.count
            _ = state.answered(
                exchange.sequence,
                granted: [],
                pulled: exchange.pulls.map { _ in (true, nil) },
                isCut: false,
                at: start
            )
            #expect((state.free > 0) == (16 - reported < RunReports.maxHeldBytes >> 20))
        }
        #expect(state.free == 16)
    }

    @Test func whatEndsWhileAnExchangeIsUnderWayFormsTheNextOne() throws {
        var state = state(slots: 8)
        let keys = try grant(8, to: &state)
        #expect(state.startable(at: start).count == 8)
        for key in keys[..<4] { state.finished(key, .success(result: nil), at: start) }
        let first = try taken(state.nextExchange(at: start))
        #expect(first.outcomes.count == 4)
        // One more is not worth a message of its own, two are.
        state.finished(keys[4], .success(result: nil), at: start)
        #expect(isNil(state.nextExchange(at: start)))
        state.finished(keys[5], .success(result: nil), at: start)
        #expect(try taken(state.nextExchange(at: start)).outcomes.count == 2)
        state.finished(keys[6], .success(result: nil), at: start)
        state.finished(keys[7], .success(result: nil), at: start)
        #expect(isNil(state.nextExchange(at: start)))
        _ = state.answered(first.sequence, granted: [], pulled: [], isCut: false, at: start)
        #expect(try taken(state.nextExchange(at: start)).outcomes.count == 2)
    }

    // MARK: What others are told

    @Test func whatIsDroppedIsToldOnceInAWhile() throws {
        var state = state(slots: 1)
        let (known, unhandled) = (Backlog.sample(), Backlog.sample(type: "other"))
        state.received([doorbell(known, since: 9), doorbell(known, since: 7), doorbell(known, since: 5)], at: start)
        state.received([doorbell(unhandled, since: 3)], at: start)
        let exchange = try taken(state.nextExchange(at: start))
        #expect(exchange.claims.count == 1)
        // The second drop came while the first was not yet told.
        #expect(Set(exchange.dropped.map(\.backlog)) == [known, unhandled])
        #expect(state.notes == [known: 5])
        state.received([doorbell(unhandled, since: 4)], at: start + .milliseconds(50))
        #expect(isNil(state.nextExchange(at: start + .milliseconds(50))))
        state.received([doorbell(unhandled, since: 4)], at: start + .milliseconds(150))
        #expect(try taken(state.nextExchange(at: start + .milliseconds(150))).dropped.map(\.since) == [4])
    }

    // MARK: Waiting grants

    @Test func grantsThatWaitASecondAreGivenBackAndTheirBacklogIsNoted() throws {
        var state = state(slots: 2)
        _ = try grant(3, to: &state, queuedAt: 42)
        #expect(state.startable(at: start).count == 2)
        #expect(state.notes.isEmpty)
        #expect(state.expire(at: start + .milliseconds(999)) == start + .seconds(1))
        #expect(isNil(state.nextExchange(at: start + .milliseconds(999))))
        #expect(isNil(state.expire(at: start + .seconds(1))))
        let exchange = try taken(state.nextExchange(at: start + .seconds(1)))
        guard case .release(delay: nil) = exchange.outcomes.first?.outcome else {
            Issue.record("the run is given back")
            return
        }
        // It is pulled again when there is room.
        #expect(exchange.pulls.isEmpty && state.notes == [.sample(): 42])
    }

    @Test func aPauseGivesBackWhatHasNotStarted() throws {
        var state = state(slots: 1)
        let (paused, other) = (Backlog.sample("paused"), Backlog.sample("other"))
        state.hinted([BacklogHint(paused, since: 0), BacklogHint(other, since: 0)])
        let exchange = try taken(state.nextExchange(at: start))
        let grants = [paused, paused, other].map { GrantedJob.sample(RunKey(job: .make(), run: 1), $0) }
        _ = state.answered(
            exchange.sequence,
            granted: grants,
            pulled: exchange.pulls.map { _ in (false, 1) },
            isCut: false,
            at: start
        )
        state.paused([paused.tenantQueue])
        let reported = try taken(state.nextExchange(at: start))
        #expect(Set(reported.outcomes.map(\.key)) == Set(grants.prefix(2).map(\.key)))
        #expect(state.notes.keys.allSatisfy { $0 == other })
        #expect(state.startable(at: start).map(\.run.key) == [grants[2].key])
    }

    // MARK: Stopping

    @Test func aCancellationReachesAHandlerThatIsBeingStarted() throws {
        var state = state()
        let keys = try grant(2, to: &state)
        let handles = state.startable(at: start).map(\.handle)
        #expect(state.cancelled(keys).count == 2 && handles.count == 2)
        #expect(state.cancelled(keys).isEmpty, "once is enough")
        state.finished(keys[0], .failure(RunFailure(kind: "error", error: "cancelled")), at: start)
        state.finished(keys[1], .success(result: nil), at: start)
        let outcomes = try taken(state.nextExchange(at: start)).outcomes
        guard case .cancelled = outcomes[0].outcome, case .success = outcomes[1].outcome else {
            Issue.record("\(outcomes)")
            return
        }
    }

    @Test func aLostLeaseStopsTheHandlersAndGivesEverythingBack() throws {
        var state = state(slots: 1)
        let keys = try grant(2, to: &state)
        let (run, handle) = try taken(state.startable(at: start).first)
        let running = run.key
        #expect(state.leaseLost().map { $0 === handle } == [true])
        #expect(state.free == 0)
        state.finished(running, .success(result: nil), at: start)
        // As the lease may yet be renewed, the database hears of both.
        state.leaseRenewed(after: .milliseconds(2))
        let exchange = try taken(state.nextExchange(at: start))
        #expect(Set(exchange.outcomes.map(\.key)) == Set(keys))
        #expect(exchange.outcomes.allSatisfy { if case .release(delay: nil) = $0.outcome { true } else { false } })
        #expect(exchange.pulls.count == 1)
    }

    // MARK: Handlers that do not stop

    /// When the time is up the handler is told, and after a grace the run is reported without it. Its slot is free when it ends.
    @Test func aHandlerThatDoesNotStopIsGivenUpAndKeepsItsSlot() throws {
        var state = state(slots: 1)
        let keys = try grant(2, to: &state, timeout: .seconds(3))
        let (run, handle) = try taken(state.startable(at: start).first)
        #expect(run.deadline == start + .seconds(3))
        var overdue = state.overdue(at: start + .seconds(2))
        #expect(overdue.timedOut.isEmpty && overdue.stuck.isEmpty && overdue.next == start + .seconds(3))
        overdue = state.overdue(at: start + .seconds(3))
        #expect(overdue.timedOut.map { $0 === handle } == [true])
        #expect(overdue.stuck.isEmpty && overdue.next == start + .seconds(13))
        overdue = state.overdue(at: start + .seconds(13))
        #expect(overdue.timedOut.isEmpty && overdue.stuck.map(\.key) == [run.key] && overdue.next == nil)
        state.gaveUp(run.key, .failure(RunFailure(kind: "timeout", error: "late")))
        #expect(state.stuckTypes == ["echo"] && state.runningCount == 0)
        let outcomes = try taken(state.nextExchange(at: start)).outcomes
        #expect(outcomes.map(\.key) == [run.key])
        #expect(state.startable(at: start).isEmpty, "the slot is taken")
        state.finished(run.key, .success(result: nil), at: start)
        #expect(state.stuckTypes.isEmpty)
        #expect(state.startable(at: start).map(\.run.key) == keys.filter { $0 != run.key })
        #expect(state.reports.count == 0, "it is reported once")
    }

    /// Whatever it was told to stop for.
    @Test func whoIsCancelledHasTheSameGrace() throws {
        var state = state(slots: 2)
        let keys = try grant(2, to: &state)
        _ = state.startable(at: start)
        _ = state.cancelled([keys[0]])
        #expect(state.overdue(at: start).next == start + .seconds(10))
        _ = state.abandonRuns()
        let overdue = state.overdue(at: start + .seconds(4))
        #expect(overdue.timedOut.isEmpty && overdue.next == start + .seconds(10))
        for (seconds, count) in [(10, 1), (14, 2)] {
            let stuck = state.overdue(at: start + .seconds(seconds)).stuck
            #expect(stuck.count == count)
        }
    }

    // MARK: Tenants

    /// An answer tells a worker that has nothing whether tenants share.
    private func tell(_ state: inout DispatchState, tenantsShare: Bool) throws {
        state.hinted([BacklogHint(.sample(), since: 0)])
        let exchange = try taken(state.nextExchange(at: start))
        _ = state.answered(
            exchange.sequence,
            granted: [],
            pulled: [(true, nil)],
            isCut: false,
            tenantsShare: tenantsShare,
            at: start
        )
    }

    @Test func aTenantHasAllOnlyWhereItIsAlone() throws {
        func slots(_ tenantsShare: Bool, of tenant: TenantName?) throws -> Int {
            var state = state(slots: 10, tenant: tenant)
            try tell(&state, tenantsShare: tenantsShare)
            state.received((0..<20).map { _ in doorbell() }, at: start)
            return try taken(state.nextExchange(at: start)).claims.count
        }
        #expect(try slots(false, of: nil) == 10)
        #expect(try slots(true, of: nil) == 8)
        #expect(try slots(true, of: TenantName("t")) == 10)
    }

    /// The rest is for whoever else comes.
    @Test func theRestOfATenantsSlotsIsForOthers() throws {
        var state = state(slots: 10)
        try tell(&state, tenantsShare: true)
        state.hinted([BacklogHint(.sample(tenant: "a"), since: 0)])
        #expect(try taken(state.nextExchange(at: start)).pulls.map(\.limit) == [8])
        state.received([doorbell(.sample(tenant: "a")), doorbell(.sample(tenant: "b", "q", .low))], at: start)
        #expect(state.claimed.count == 1 && state.used == 9)
    }
}
