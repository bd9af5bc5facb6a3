public import JobCore

extension JobEvent {
    /// Something that might happen to a job: mostly what is possible now, else what is late, repeated or somebody else's.
    public static func random(
        near job: JobLifecycle,
        workers: [WorkerID],
        using generator: inout SeededGenerator
    ) -> JobEvent {
        let holder = job.worker ?? workers[0]
        let worker =
            Int.random(in: 0..<3, using: &generator) > 0 ? holder : workers.randomElement(using: &generator) ?? holder
        let run = job.run + ([0, 0, 0, -1, 1].randomElement(using: &generator) ?? 0)
        let fence = RunFence(run: run, worker: worker)
        let claimed = job.run + ([1, 1, 1, 0, 2].randomElement(using: &generator) ?? 1)
        let events: [JobEvent] = [
            .due, .claim(run: claimed, worker: workers.randomElement(using: &generator) ?? worker),
            .claim(run: claimed, worker: worker), .success(fence), .failure(fence, mayRetry: true),
            .failure(fence, mayRetry: true), .failure(fence, mayRetry: false), .release(fence), .snooze(fence),
            .lost(worker), .cancel, .cancelled(fence), .replay,
        ]
        return events.randomElement(using: &generator) ?? .due
    }

    /// Under which fence it comes, if any.
    public var fence: RunFence? {
        switch self {
        case .success(let fence), .failure(let fence, _), .release(let fence), .snooze(let fence),
            .cancelled(let fence):
            fence
        case .due, .claim, .lost, .cancel, .replay: nil
        }
    }
}
