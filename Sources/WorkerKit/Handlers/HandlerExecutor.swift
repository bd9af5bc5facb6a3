import Concurrency
import DequeModule
import Foundation

/// The threads on which handlers run: apart from those that keep the session and the lease, so that a handler which blocks its thread,
/// or computes without end, cannot keep the lease from being renewed.
///
/// There are as many as processors. When all of them have been stuck for a while although work waits, as handlers block them, another
/// one is added, up to a limit. For handlers that are known to block, another one is added as soon as none is free. One that was added ends
/// when it has found no work for a while.
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
        /// How many of them run something.
        var busy = 0
        /// How often work was taken up.
        var taken = 0
        var isStopped = false
    }

    private let state = Monitor(State())
    /// How many threads there are at any time, and the most.
    private let minThreads: Int
    private let maxThreads: Int
    private let growsAtOnce: Bool
    private let rest: Duration

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - limit: The most threads: more than there are slots do not help.
    ///   - growsAtOnce: Whether each piece of work is to find a thread that is free.
    ///   - rest: After how long without work a thread that was added ends.
    init(limit: Int, growsAtOnce: Bool = false, rest: Duration = .seconds(5)) throws {
        self.growsAtOnce = growsAtOnce
        self.rest = rest
        let processors = ProcessInfo.processInfo.activeProcessorCount
        minThreads = growsAtOnce ? 0 : processors
        maxThreads = max(processors, min(limit, Self.maxThreads))
        guard !growsAtOnce else { return }
        for _ in 0..<processors { try addThread() }
        try DedicatedThread.start { [state, self] in
            while !state.update({ $0.isStopped }) { self.watch() }
        }
    }

    /// How many threads there are.
    var threads: Int { state.update { $0.threads } }

    /// Ends the threads once they have nothing more to do.
    func stop() {
        state.update { $0.isStopped = true }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isShort = state.update { state in
            state.jobs.append(job)
            return growsAtOnce && state.jobs.count > state.threads - state.busy && state.threads < maxThreads
        }
        if isShort { try? addThread() }
    }

    func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        UnownedTaskExecutor(ordinary: self)
    }

    private func addThread() throws {
        let isWanted = state.update { state in
            guard state.threads < maxThreads else { return false }
            state.threads += 1
            return true
        }
        guard isWanted else { return }
        do {
            try DedicatedThread.start { [self] in work() }
        } catch {
            state.update { $0.threads -= 1 }
            throw error
        }
    }

    private func work() {
        let executor = asUnownedTaskExecutor()
        while true {
            let next = state.wait(timeout: rest) { state -> Next? in
                if let job = state.jobs.popFirst() {
                    state.taken += 1
                    state.busy += 1
                    return .run(job)
                }
                return state.isStopped ? .stop : nil
            }
            switch next {
            case .run(let job):
                job.runSynchronously(on: executor)
                state.update { $0.busy -= 1 }
            case .stop: return
            case nil:
                let isSurplus = state.update { state in
                    guard state.threads > minThreads, state.jobs.isEmpty else { return false }
                    state.threads -= 1
                    return true
                }
                if isSurplus { return }
            }
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
