import JobCore
import Testing

extension TestPlatform {
    /// A run that a worker was granted.
    struct StartedRun: Sendable {
        var job: JobID
        var fence: RunFence
    }

    /// Submits a job through a session and has a worker of its own claim it.
    func startRun(_ session: TestSession) async throws -> StartedRun {
        let created = try await session.post("/jobs", #"{"type":"noop"}"#)
        let id = try #require(try created.string("id").flatMap { JobID($0) }, "\(created.text)")
        let worker = WorkerID.make()
        _ = try await stores.leases.register(worker, name: "w", slots: 1, lease: .seconds(60))
        let fence = RunFence(run: 1, worker: worker)
        let grants = try await stores.claims.decide([Claim(job: id, fence: fence, wantsPayload: false)])
        try #require(grants[0] != nil)
        return StartedRun(job: id, fence: fence)
    }

    /// Puts on record how a run ended.
    func end(_ run: StartedRun, _ kind: RunOutcome.Kind) async throws {
        _ = try await stores.outcomes.record([RunOutcome(job: run.job, fence: run.fence, kind: kind)])
    }
}
