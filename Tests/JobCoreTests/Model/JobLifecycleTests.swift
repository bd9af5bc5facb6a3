import JobCore
import TestSupport
import Testing

@Suite struct JobLifecycleTests {
    private let worker = WorkerID.make()

    private func running(maxAttempts: Int = 5) throws -> JobLifecycle {
        var job = JobLifecycle(maxAttempts: maxAttempts, isDueNow: true)
        try job.apply(.claim(run: 1, worker: worker))
        return job
    }

    @Test func aJobThatIsDueIsClaimedAndCompletes() throws {
        var job = JobLifecycle(maxAttempts: 5, isDueNow: false)
        #expect(job.state == .scheduled)
        try job.apply(.due)
        try job.apply(.claim(run: 1, worker: worker))
        #expect((job.state, job.run, job.attempt) == (.running, 1, 1))
        try job.apply(.success(RunFence(run: 1, worker: worker)))
        #expect(job.state == .completed)
    }

    /// A worker that did not hear of a grant gives the run back by its next hello; were it granted again, it might run twice.
    @Test func aRunIsGrantedOnceWhoeverAsksAgain() throws {
        var job = try running()
        let before = job
        for claimant in [worker, .make()] {
            #expect(throws: JobTransitionRejection.self) { try job.apply(.claim(run: 1, worker: claimant)) }
            #expect(job == before)
        }
    }

    @Test func attemptsRunOut() throws {
        var job = try running(maxAttempts: 2)
        try job.apply(.failure(RunFence(run: 1, worker: worker), mayRetry: true))
        #expect(job.state == .retrying)
        try job.apply(.due)
        try job.apply(.claim(run: 2, worker: worker))
        try job.apply(.failure(RunFence(run: 2, worker: worker), mayRetry: true))
        #expect(job.state == .dead)
        try job.apply(.replay)
        #expect((job.state, job.attempt, job.run) == (.queued, 0, 2))
    }

    @Test func releaseAndSnoozeGiveTheAttemptBackButNotTheRun() throws {
        for (event, state) in [
            (JobEvent.release(RunFence(run: 1, worker: worker)), JobState.queued),
            (JobEvent.snooze(RunFence(run: 1, worker: worker)), JobState.scheduled),
        ] {
            var job = try running()
            try job.apply(event)
            #expect((job.state, job.run, job.attempt) == (state, 1, 0))
        }
    }

    @Test func aLostRunCountsAndItsLateOutcomeChangesNothing() throws {
        var job = try running()
        try job.apply(.lost(worker))
        #expect((job.state, job.attempt) == (.queued, 1))
        let before = job
        #expect(throws: JobTransitionRejection.self) { try job.apply(.success(RunFence(run: 1, worker: worker))) }
        #expect(job == before)
    }

    @Test(arguments: [JobEvent.due, .cancel]) func aWaitingJobIsCancelledAtOnce(_ first: JobEvent) throws {
        var job = JobLifecycle(maxAttempts: 5, isDueNow: false)
        if first == .due { try job.apply(.due) }
        try job.apply(.cancel)
        #expect(job.state == .cancelled)
        #expect(throws: JobTransitionRejection.self) { try job.apply(.cancel) }
    }

    @Test func aRunningJobThatIsCalledOffRunsUntilItsRunEnds() throws {
        let fence = RunFence(run: 1, worker: worker)
        for (event, state) in [
            (JobEvent.success(fence), JobState.completed), (.failure(fence, mayRetry: true), .cancelled),
            (.failure(fence, mayRetry: false), .cancelled), (.release(fence), .cancelled), (.snooze(fence), .cancelled),
            (.cancelled(fence), .cancelled), (.lost(worker), .cancelled),
        ] {
            var job = try running()
            for _ in 0..<2 { try job.apply(.cancel) }
            #expect((job.state, job.isCancelRequested) == (.running, true))
            try job.apply(event)
            #expect((job.state, job.attempt) == (state, 1), "\(event)")
        }
    }

    @Test func aRunStoppedForAJobThatNobodyCalledOffIsGivenBack() throws {
        var job = try running()
        try job.apply(.cancelled(RunFence(run: 1, worker: worker)))
        #expect((job.state, job.run, job.attempt) == (.queued, 1, 0))
    }

    /// Whatever happens in whatever order: the run number never goes back, attempts stay within their bounds, a job that
    /// ended stays ended unless replayed, and a rejected event changes nothing.
    @Test(arguments: 1...20)
    func invariantsHoldOverRandomEvents(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let workers = (0..<3).map { _ in WorkerID.make() }
        for _ in 0..<200 {
            var job = JobLifecycle(
                maxAttempts: Int.random(in: 1...4, using: &generator),
                isDueNow: .random(using: &generator)
            )
            for _ in 0..<40 {
                let before = job
                let event = JobEvent.random(near: job, workers: workers, using: &generator)
                do {
                    try job.apply(event)
                } catch {
                    #expect(job == before, "seed \(seed): \(event) was rejected and yet changed something")
                    continue
                }
                #expect(job.run >= before.run, "seed \(seed): \(event)")
                #expect((0...job.maxAttempts).contains(job.attempt), "seed \(seed): \(event)")
                if before.state.isTerminal {
                    #expect(event == .replay && before.state == .dead, "seed \(seed): \(event) revived a job")
                }
                #expect(
                    event.fence.map { $0.run == before.run && $0.worker == before.worker } ?? true,
                    "seed \(seed): somebody else's \(event) changed something"
                )
                if before.isCancelRequested, before.state == .running, job.state != .running {
                    #expect(job.state == .cancelled || job.state == .completed, "seed \(seed): \(event)")
                }
                if job.state == .running, before.state != .running {
                    #expect(job.run == before.run + 1, "seed \(seed): a run number was given twice")
                }
            }
        }
    }
}
