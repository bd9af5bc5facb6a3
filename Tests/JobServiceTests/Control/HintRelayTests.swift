import Concurrency
import Postgres
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore
@testable import Platform

/// What one worker had no room for, another one is told: here, or with another job-service.
@Suite(.timeLimit(.minutes(1))) struct HintRelayTests {
    /// A job-service's sessions and its relay, which runs.
    private struct Service {
        let sessions = WorkerSessions()
        let relay: HintRelay
        let running: Task<Void, any Error>

        init(_ fixture: ControlFixture) throws {
            relay = HintRelay(
                sessions: sessions,
                store: fixture.stores.backlogs,
                listener: try fixture.listener(BacklogStore.channel),
                logger: fixture.logger
            )
            running = Task { [relay] in try await relay.run() }
        }

        func worker(free: Int) throws -> (id: WorkerID, number: UInt64, signal: Signal) {
            let id = WorkerID.make()
            let (number, signal) = try #require(sessions.add(id, scope: .everything))
            sessions.setFree(free, id, number)
            return (id, number, signal)
        }
    }

    /// Runs two job-services on one database, both of which listen.
    private func withTwo(_ body: (ControlFixture, Service, Service) async throws -> Void) async throws {
        try await ControlFixture.run { fixture in
            let (first, second) = (try Service(fixture), try Service(fixture))
            // Tried until both listen; what comes last is the end of that.
            let services = [first, second]
            let workers = try services.map { try $0.worker(free: 0) }
            for (service, worker) in zip(services, workers) {
                while service.sessions.takeNews(of: worker.id, worker.number)?.isEmpty == true {
                    try await fixture.stores.backlogs.announce([BacklogHint(.sample("warm-up"), since: 0)])
                }
            }
            try await fixture.stores.backlogs.announce([BacklogHint(.sample("ready"), since: 0)])
            for (service, worker) in zip(services, workers) {
                #expect(await hints(service, worker, of: "ready") == 0)
                service.sessions.remove(worker.id, worker.number)
            }
            try await body(fixture, first, second)
            for service in [first, second] {
                service.running.cancel()
                try await service.running.value
            }
        }
    }

    private func hints(
        _ service: Service,
        _ worker: (id: WorkerID, number: UInt64, signal: Signal),
        of queue: String = "q"
    ) async -> Int64? {
        while let news = service.sessions.takeNews(of: worker.id, worker.number) {
            if let since = news.hints[.sample(queue)] { return since }
            if Task.isCancelled { return nil }
            await worker.signal.wait()
        }
        return nil
    }

    /// Who tells of more than a tenant may costs the others no looks at their sessions; the sweep finds what is left out.
    @Test func aTenantsWorkersTellOfSoManyBacklogsInASecond() async throws {
        try await withTwo { _, first, _ in
            let (teller, start) = (try first.worker(free: 0), ContinuousClock.now)
            let (a, b) = (TenantName(validated: "a"), TenantName(validated: "b"))
            let hints = (0..<1_500).map { BacklogHint(.sample("q\($0)", tenant: "a"), since: 1) }
            func told(_ tenant: TenantName?, after time: Duration) -> Int {
                first.relay.dropped(hints, by: teller.id, of: tenant, at: start + time)
            }
            #expect(told(a, after: .zero) == 1_500)
            #expect(told(a, after: .zero) == 500)
            #expect(told(a, after: .zero) == 0)
            #expect(told(b, after: .zero) == 1_500)
            #expect(told(nil, after: .zero) == 1_500)
            #expect(told(a, after: .seconds(1)) == 500)
            #expect(told(a, after: .seconds(60)) == 1_500)
        }
    }

    @Test func whereAnotherWorkerHasRoomOnlyThatOneIsTold() async throws {
        try await withTwo { fixture, first, second in
            let (full, free) = (try first.worker(free: 0), try first.worker(free: 2))
            let abroad = try second.worker(free: 9)
            var events = try fixture.listener(BacklogStore.channel).makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            first.relay.dropped([BacklogHint(.sample(), since: 7)], by: full.id)
            #expect(await hints(first, free) == 7)
            // Were the other services to be told of that, it would come before this, or with it.
            first.sessions.setFree(0, free.id, free.number)
            first.relay.dropped([BacklogHint(.sample("mark"), since: 1)], by: full.id)
            #expect(await hints(second, abroad, of: "mark") == 1)
            guard case .notification(let notification) = await events.next() else { throw CancellationError() }
            #expect(BacklogNotice.hints(in: notification.payload) == [BacklogHint(.sample("mark"), since: 1)])
        }
    }

    @Test func whereNobodyHasRoomOtherServicesAreTold() async throws {
        try await withTwo { _, first, second in
            let full = try first.worker(free: 0)
            let abroad = [try second.worker(free: 1), try second.worker(free: 0)]
            first.relay.dropped([BacklogHint(.sample(), since: 7)], by: full.id)
            #expect(await hints(second, abroad[0]) == 7)
            #expect(second.sessions.takeNews(of: abroad[1].id, abroad[1].number)?.isEmpty == true)
            first.relay.dropped([BacklogHint(.sample("r"), since: 8)], by: full.id)
            #expect(await hints(second, abroad[1], of: "r") == 8, "the first one had room for one")
        }
    }

    /// A flood of drops is a few notifications: all commits of the database pass its one lock for them.
    @Test func aFloodOfDropsIsAFewNotifications() async throws {
        try await withTwo { fixture, first, second in
            let (full, abroad) = (try first.worker(free: 0), try second.worker(free: 9))
            var events = try fixture.listener(BacklogStore.channel).makeAsyncIterator()
            #expect(await events.next() == .reconnected)
            for round in 0..<1_000 {
                first.relay.dropped([BacklogHint(.sample("q\(round % 10)"), since: 7)], by: full.id)
            }
            #expect(await hints(second, abroad, of: "q9") == 7)
            try await fixture.stores.backlogs.announce([BacklogHint(.sample("mark"), since: 1)])
            var counts: [Backlog: Int] = [:]
            while counts[.sample("mark")] == nil {
                guard case .notification(let notification) = await events.next() else { continue }
                for hint in BacklogNotice.hints(in: notification.payload) { counts[hint.backlog, default: 0] += 1 }
            }
            #expect((0..<10).allSatisfy { counts[.sample("q\($0)")] == 1 }, "\(counts.values.sorted())")
        }
    }

    @Test func whatTheSweepFoundReachesEveryServicesWorkers() async throws {
        try await withTwo { fixture, first, second in
            let (here, there) = (try first.worker(free: 1), try second.worker(free: 1))
            try await fixture.stores.backlogs.announce([BacklogHint(.sample(), since: 3)])
            #expect(await hints(first, here) == 3)
            #expect(await hints(second, there) == 3)
        }
    }

    @Test func whenTheRelayEndsTheSessionsDo() async throws {
        try await ControlFixture.run { fixture in
            let service = try Service(fixture)
            let worker = try service.worker(free: 1)
            service.running.cancel()
            try await service.running.value
            #expect(await hints(service, worker) == nil)
        }
    }
}
