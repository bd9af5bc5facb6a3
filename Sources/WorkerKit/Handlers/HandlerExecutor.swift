import Concurrency
import DequeModule
import Foundation

/// The threads on which handlers run: apart from those that keep the session and the lease, so that a handler which blocks its thread,
/// or computes without end, cannot keep the lease from being renewed.
///
/// There are as many as processors. When all of them have been stuck for a while although work waits, as handlers block them, another
/// one is added, up to a limit.
final class HandlerExecutor: TaskExecutor, Sendable {
    /// For how long no thread must have taken work up before another one is added.
    private static let stuck = Duration.milliseconds(10)
    /// The most threads.
    private static let maxThreads = 512

    private enum Next {
        case run(UnownedJob)
        case stop
    }

    private struct State {
        var jobs = Deque<UnownedJob>()
        var threads = 0
        /// How often work was taken up.
        var taken = 0
        var isStopped = false
    }

    private let state = Monitor(State())
    private let maxThreads: Int

    /// Starts the threads.
    ///
    /// - Parameter limit: The most threads: more than there are slots do not help.
    init(limit: Int) throws {
        let processors = ProcessInfo.processInfo.activeProcessorCount
        maxThreads = max(processors, min(limit, Self.maxThreads))
        for _ in 0..<processors { try addThread() }
        try DedicatedThread.start { [state, self] in
            while !state.update({ $0.isStopped }) { self.watch() }
        }
    }

    /// Ends the threads once they have nothing more to do.
    func stop() {
        state.update { $0.isStopped = true }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.update { $0.jobs.append(job) }
    }

    func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        UnownedTaskExecutor(ordinary: self)
    }

    private func addThread() throws {
        state.update { $0.threads += 1 }
        try DedicatedThread.start { [self] in work() }
    }

    private func work() {
        let executor = asUnownedTaskExecutor()
        while true {
            let next = state.wait { state -> Next? in
                if let job = state.jobs.popFirst() {
                    state.taken += 1
                    return .run(job)
                }
                return state.isStopped ? .stop : nil
            }
            guard case .run(let job) = next else { return }
            job.runSynchronously(on: executor)
        }
    }

    /// Waits until work waits, and adds a thread when nobody takes it up.
    private func watch() {
        let before: Int? = state.wait { $0.jobs.isEmpty && !$0.isStopped ? nil : $0.taken }
        DedicatedThread.sleep(for: Self.stuck)
        let isStuck = state.update { $0.taken == before && !$0.jobs.isEmpty && $0.threads < maxThreads }
        if isStuck { try? addThread() }
    }
}
