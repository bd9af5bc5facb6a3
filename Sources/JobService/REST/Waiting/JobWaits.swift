import Concurrency
import Foundation
import JobCore
import JobStore
import Logging
import Postgres
import ServiceLifecycle

/// Wakes the clients that wait for a job's end, whichever process it ends through.
///
/// Whoever waits is on the list before the job is read, so no end falls between the two. What this process changes is looked at
/// once somebody waits for it; what another job-service changes, that one looks at, as it is told what is waited for here, and it reads
/// those jobs when it hears of them, for one may have ended before. What no job-service ended (a scheduler buried the job) and what was
/// not heard is found by one look at all jobs that are waited for, every two seconds. All of these looks are batched: a thousand
/// clients that wait are one short statement now and then, and no connection.
final class JobWaits: Service {
    /// The longest that a client may wait.
    static let longest = Duration.seconds(60)
    /// How long it is remembered what another job-service waits for: longer than its clients may.
    private static let memory = longest + .seconds(5)

    /// The most jobs of one look.
    private static let batch = 1_000

    /// Who waits.
    let waiters = JobWaiters()
    private let service = UUID()
    private let store: JobWaitStore
    private let listener: PostgresListener?
    private let period: Duration
    private let looks: Batcher<JobID, Void>
    private let announcements: Batcher<JobID, Void>

    /// Waits for what is on record.
    ///
    /// - Parameters:
    ///   - listener: Of ``JobWaitStore/channel``; nil where there is no other job-service.
    ///   - period: How often all jobs that are waited for are looked at.
    ///   - logger: Gets, at level debug, why something could not be looked at or told.
    init(stores: Stores, listener: PostgresListener?, period: Duration = .seconds(2), logger: Logger) {
        let (waiters, jobs, store, service) = (waiters, stores.jobs, stores.jobWaits, service)
        self.store = store
        self.listener = listener
        self.period = period
        let limits = Batcher<JobID, Void>.Limits(batchItems: Self.batch, waitingCost: 50_000, lanes: 1)
        // What fails here is found by the next look at all.
        looks = Batcher(limits: limits) { ids in
            do {
                let live = Set(try await jobs.summaries(of: ids).filter { !$0.state.isTerminal }.map(\.id))
                let elsewhere = waiters.wake(Array(Set(ids).subtracting(live)))
                try await store.announce([.ended(elsewhere)])
            } catch {
                logger.debug("jobs that are waited for could not be looked at", metadata: ["error": "\(error)"])
            }
            return ids.map { _ in }
        }
        announcements = Batcher(limits: limits) { ids in
            do {
                try await store.announce([.awaited(Array(Set(ids)), by: service)])
            } catch {
                logger.debug("what is waited for could not be told", metadata: ["error": "\(error)"])
            }
            return ids.map { _ in }
        }
    }

    /// Jobs were changed by this process. Costs one look at a flag while nobody waits for any.
    func changed(_ jobs: @autoclosure () -> [JobID]) {
        guard waiters.isAwaited else { return }
        _ = looks.post(contentsOf: waiters.awaited(among: jobs()))
    }

    /// Waits for the end of a job, the end of the time or the process's, whichever comes first.
    func wait(_ waiter: JobWaiters.Waiter, atMost time: Duration) async {
        if listener != nil { _ = announcements.post(contentsOf: [waiter.job]) }
        await cancelWhenGracefulShutdown { await waiter.ended.wait(atMost: time) }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.lookAgainAndAgain() }
                if let listener = self.listener {
                    for await event in listener { self.hear(event) }
                    group.cancelAll()
                }
            }
        }
    }

    private func hear(_ event: PostgresListener.Event) {
        switch event {
        case .reconnected:
            // Whatever was told while nobody listened.
            _ = looks.post(contentsOf: waiters.jobs)
            _ = announcements.post(contentsOf: waiters.jobs)
        case .notification(let notification):
            switch JobWaitNotice(notification.payload) {
            case .ended(let jobs): waiters.wake(jobs)
            case .awaited(let jobs, by: let other) where other != service:
                waiters.remember(jobs, until: .now + Self.memory)
                _ = looks.post(contentsOf: jobs)
            case .awaited, nil: break
            }
        }
    }

    private func lookAgainAndAgain() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: period)
            waiters.forget(before: .now)
            let jobs = waiters.jobs
            for start in stride(from: 0, to: jobs.count, by: Self.batch) {
                _ = looks.post(contentsOf: Array(jobs[start..<min(start + Self.batch, jobs.count)]))
            }
        }
    }
}
