import Concurrency
import Synchronization
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore
@testable import Platform

/// Who of the workers here is told what.
@Suite struct WorkerSessionsTests {
    /// A worker with a session.
    private struct Worker {
        let id = WorkerID.make()
        let sessions: WorkerSessions
        let number: UInt64
        let signal: Signal

        init(_ sessions: WorkerSessions, _ scope: WorkerScope = .everything, free: Int = 0) throws {
            self.sessions = sessions
            (number, signal) = try #require(sessions.add(id, scope: scope))
            sessions.setFree(free, id, number)
        }

        /// Which backlogs it is told of.
        func told() -> [Backlog: Int64] { sessions.takeNews(of: id, number)?.hints ?? [:] }
    }

    private static func scope(
        tenant: String? = nil,
        queues: [String] = [],
        types: [String] = ["noop"]
    ) -> WorkerScope {
        WorkerScope(
            tenant: tenant.map(TenantName.init(validated:)),
            queues: Set(queues.map(QueueName.init(validated:))),
            types: Set(types.map(JobType.init(validated:)))
        )
    }

    private let hint = BacklogHint(.sample(), since: 5)

    @Test func onlyWhoCanRunTheJobsIsTold() throws {
        let sessions = WorkerSessions()
        let strangers = try [
            Self.scope(tenant: "other"), Self.scope(queues: ["other"]), Self.scope(types: ["other"]),
            Self.scope(types: []),
        ].map { try Worker(sessions, $0, free: 50) }
        #expect(sessions.hint([hint]) == [hint], "nobody can")
        let able = try [
            Self.scope(tenant: "default"), Self.scope(queues: ["q", "other"]), Self.scope(types: ["noop", "other"]),
        ].map { try Worker(sessions, $0) }
        #expect(sessions.count == 7)
        #expect(sessions.hint([hint]) == [hint], "nobody has room")
        #expect(strangers.allSatisfy { $0.told().isEmpty })
        #expect(able.allSatisfy { $0.told() == [hint.backlog: 5] }, "whoever has room first pulls")
    }

    @Test func theFreestAreTold() throws {
        let sessions = WorkerSessions()
        let workers = try [1, 7, 0, 9, 3].map { try Worker(sessions, free: $0) }
        #expect(sessions.hint([hint]).isEmpty)
        #expect(workers.map { !$0.told().isEmpty } == [false, true, false, true, false])
    }

    @Test func manyBacklogsAreSharedOut() throws {
        let sessions = WorkerSessions()
        let workers = try (0..<4).map { _ in try Worker(sessions, free: 10) }
        let hints = (0..<20).map { BacklogHint(.sample("q\($0)"), since: 1) }
        #expect(sessions.hint(hints).isEmpty)
        let told = workers.map { Set($0.told().keys) }
        #expect(told.allSatisfy { $0.count == 10 }, "\(told.map(\.count))")
        #expect(told.reduce(Set()) { $0.union($1) }.count == 20)
        // By now none has room, as far as anybody knows: all are told, and others are asked, too.
        #expect(sessions.hint([hint]) == [hint])
        #expect(workers.allSatisfy { $0.told() == [hint.backlog: 5] })
        workers[2].sessions.setFree(1, workers[2].id, workers[2].number)
        #expect(sessions.hint([hint]).isEmpty)
        #expect(workers.map { $0.told().count } == [0, 0, 1, 0])
    }

    @Test func whoSaidItIsNotToldItself() throws {
        let sessions = WorkerSessions()
        let (teller, other) = (try Worker(sessions, free: 9), try Worker(sessions, free: 1))
        #expect(sessions.hint([hint], except: teller.id).isEmpty)
        #expect(teller.told().isEmpty && !other.told().isEmpty)
        sessions.remove(other.id, other.number)
        #expect(sessions.hint([hint], except: teller.id) == [hint])
        #expect(teller.told().isEmpty)
    }

    @Test func whatIsToldTwiceBeforeItIsHeardIsToldOnceFromTheEarlierTime() throws {
        let sessions = WorkerSessions()
        let worker = try Worker(sessions, free: 100)
        for since: Int64 in [5, 3, 9] { _ = sessions.hint([BacklogHint(.sample(), since: since)]) }
        #expect(worker.told() == [.sample(): 3])
        #expect(worker.told().isEmpty)
    }

    @Test func whoIsSlowToListenCostsNoMoreThanItsShare() throws {
        let sessions = WorkerSessions()
        let worker = try Worker(sessions, free: 1_000_000)
        let hints = (0..<30_000).map { BacklogHint(.sample("q\($0)"), since: 1) }
        _ = sessions.hint(hints)
        #expect(worker.told().count == 20_000)
    }

    /// What a tenant's workers say of its backlogs costs the process a bounded part of its time, and of its memory, however many they are.
    @Test func aTenantThatTellsOfAllAgainAndAgainTakesItsShareOnly() throws {
        let clock = Mutex(ContinuousClock.now)
        let sessions = WorkerSessions(looks: 20_000) { clock.withLock { $0 } }
        let flooders = try (0..<100).map { _ in try Worker(sessions, Self.scope(tenant: "default")) }
        let other = try Worker(sessions, Self.scope(tenant: "other"), free: 1_000)
        let hints = (0..<2_000).map { BacklogHint(.sample("q\($0)"), since: 1) }
        for _ in 0..<20 { _ = sessions.hint(hints, except: flooders[0].id) }
        let told = flooders.map { $0.told().count }
        #expect(told.dropFirst().allSatisfy { $0 == 199 }, "a hint costs a look at each session, and one: \(told)")
        // Another tenant is heard all the same, and the first one again after a while.
        #expect(sessions.hint([BacklogHint(.sample("q", tenant: "other"), since: 1)]).isEmpty)
        #expect(other.told().count == 1)
        clock.withLock { $0 += .seconds(1) }
        _ = sessions.hint(hints)
        #expect(flooders[1].told().count == 99)
        for round in 0..<12 {
            clock.withLock { $0 += .seconds(2) }
            _ = sessions.hint((0..<500).map { BacklogHint(.sample("r\(round * 500 + $0)"), since: 1) })
        }
        #expect(flooders[1].told().count == 2_000, "what waits for a tenant's worker is bounded")
    }

    @Test func aNewerSessionTakesTheOlderOnesPlace() async throws {
        let sessions = WorkerSessions()
        let old = try Worker(sessions, free: 3)
        let (number, _) = try #require(sessions.add(old.id, scope: .everything))
        await old.signal.wait()
        #expect(sessions.takeNews(of: old.id, old.number) == nil, "it is over")
        // What the older one still says counts for nothing.
        sessions.setFree(50, old.id, old.number)
        sessions.remove(old.id, old.number)
        #expect(sessions.hint([hint]) == [hint])
        #expect(sessions.takeNews(of: old.id, number)?.hints == [hint.backlog: 5])
        sessions.remove(old.id, number)
        #expect(sessions.takeNews(of: old.id, number) == nil)
    }

    @Test func aPauseIsToldToThoseWhomItConcerns() async throws {
        let sessions = WorkerSessions()
        let queue = Backlog.sample().tenantQueue
        let (here, elsewhere) = (try Worker(sessions), try Worker(sessions, Self.scope(queues: ["other"])))
        sessions.pause([queue, Backlog.sample("far", tenant: "t").tenantQueue])
        await here.signal.wait()
        let news = try #require(sessions.takeNews(of: here.id, here.number))
        #expect(news.pauses.count == 2 && news.pauses.contains(queue))
        #expect(sessions.takeNews(of: elsewhere.id, elsewhere.number)?.isEmpty == true)
    }

    @Test func aCancellationIsToldToTheRunsWorker() async throws {
        let sessions = WorkerSessions()
        let (mine, other) = (try Worker(sessions), try Worker(sessions))
        let run = CancelledRun(worker: mine.id, job: .make(), run: 3)
        for _ in 0..<2 { sessions.cancel(run) }
        sessions.cancel(CancelledRun(worker: .make(), job: .make(), run: 1))
        await mine.signal.wait()
        let told = sessions.takeNews(of: mine.id, mine.number)?.cancelled
        #expect(told == [RunKey(job: run.job, run: 3)])
        #expect(sessions.takeNews(of: other.id, other.number)?.isEmpty == true)
    }

    @Test func whenTheProcessEndsAllSessionsDoAndNoneBegins() async throws {
        let sessions = WorkerSessions()
        let workers = [try Worker(sessions), try Worker(sessions)]
        sessions.end()
        for worker in workers {
            await worker.signal.wait()
            #expect(sessions.takeNews(of: worker.id, worker.number) == nil)
        }
        #expect(sessions.add(.make(), scope: .everything) == nil)
    }
}
