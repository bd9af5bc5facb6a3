import Concurrency
import DequeModule
import Foundation

/// The threads on which handlers run: apart from those that keep the session and the lease, so that a handler which blocks its thread,
/// or computes without end, cannot keep the lease from being renewed.
///
/// There are as many as processors. When all of them have been stuck for a while although work waits, as handlers block them, another
/// one is added, up to a limit. For handlers that are known to block, another one is added as soon as none is free. Those that were added
/// end when they are not needed; see ``ThreadCount``.
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
        var threads: ThreadCount
        /// How often work was taken up.
        var taken = 0
        var isStopped = false
    }

    private let state: Monitor<State>
    private let growsAtOnce: Bool
    private let rest: Duration

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - limit: The most threads: more than there are slots do not help.
    ///   - growsAtOnce: Whether each piece of work is to find a thread that is free.
    ///   - rest: How long it takes to see that a thread which was added is not needed.
    init(limit: Int, growsAtOnce: Bool = false, rest: Duration = .seconds(5)) throws {
        self.growsAtOnce = growsAtOnce
        self.rest = rest
        let processors = ProcessInfo.processInfo.activeProcessorCount
        let threads = ThreadCount(
            least: growsAtOnce ? 0 : processors,
            most: max(processors, min(limit, Self.maxThreads)),
            growsAtOnce: growsAtOnce,
            rest: rest
        )
        state = Monitor(State(threads: threads))
        guard !growsAtOnce else { return }
        for _ in 0..<processors { try addThread() }
        try DedicatedThread.start { [state, self] in
            while !state.update({ $0.isStopped }) { self.watch() }
        }
    }

    /// How many threads there are.
    var threads: Int { state.update { $0.threads.count } }

    /// Ends the threads once they have nothing more to do.
    func stop() {
        state.update { $0.isStopped = true }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isShort = state.update { state in
            state.jobs.append(job)
            return growsAtOnce && state.jobs.count > state.threads.free && state.threads.hasRoom
        }
        if isShort { try? addThread() }
    }

    func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        UnownedTaskExecutor(ordinary: self)
    }

    private func addThread() throws {
        guard state.update({ $0.threads.add() }) else { return }
        do {
            try DedicatedThread.start { [self] in work() }
        } catch {
            state.update { $0.threads.remove() }
            throw error
        }
    }

    private func work() {
        let executor = asUnownedTaskExecutor()
        var hasRun = false
        while true {
            let next = state.wait(timeout: rest) { state -> Next? in
                if hasRun { state.threads.end() }
                hasRun = false
                if let job = state.jobs.popFirst() {
                    state.taken += 1
                    state.threads.begin(at: .now)
                    return .run(job)
                }
                return state.isStopped || state.threads.letsGo() ? .stop : nil
            }
            switch next {
            case .run(let job):
                job.runSynchronously(on: executor)
                hasRun = true
            case .stop: return
            case nil: if state.update({ $0.jobs.isEmpty && $0.threads.letsIdleGo() }) { return }
            }
        }
    }

    /// Waits until work waits, and adds a thread when nobody takes it up.
    private func watch() {
        let before: Int? = state.wait { $0.jobs.isEmpty && !$0.isStopped ? nil : $0.taken }
        DedicatedThread.sleep(for: Self.stuck)
        let isStuck = state.update { $0.taken == before && !$0.jobs.isEmpty && $0.threads.hasRoom }
        if isStuck { try? addThread() }
    }
}

/// How many threads handlers have, and which of them are not needed. Pure.
///
/// Work goes to any thread that is free, so that one too many is hardly ever without for long while work comes steadily. So what counts
/// is how many were busy at once within a while: the others go. Where threads are added only once all are stuck, one more goes each while,
/// as those that merely take turns on the processors are busy, too; should it be missed, it is added again at once.
struct ThreadCount {
    private let least: Int
    private let most: Int
    private let growsAtOnce: Bool
    private let rest: Duration

    /// How many there are, and how many of them run something.
    private(set) var count = 0
    private(set) var busy = 0
    /// The most that were busy at once since the last look, when the next one is, and whether any was added since.
    private var peak = 0
    private var lookAt: ContinuousClock.Instant?
    private var hasGrown = false
    /// How many may go.
    private var surplus = 0

    /// - Parameters:
    ///   - least: How many there are at any time.
    ///   - most: The most.
    ///   - growsAtOnce: Whether one is added whenever none is free, and not only when all are stuck.
    ///   - rest: The time from look to look.
    init(least: Int, most: Int, growsAtOnce: Bool, rest: Duration) {
        (self.least, self.most, self.growsAtOnce, self.rest) = (least, most, growsAtOnce, rest)
    }

    var hasRoom: Bool { count < most }
    var free: Int { count - busy }

    /// Counts one more, if there is room for it.
    mutating func add() -> Bool {
        guard hasRoom else { return false }
        count += 1
        (hasGrown, surplus) = (true, 0)
        return true
    }

    /// One did not start after all.
    mutating func remove() { count -= 1 }

    /// A thread takes work up.
    mutating func begin(at now: ContinuousClock.Instant) {
        busy += 1
        peak = max(peak, busy)
        let time = lookAt ?? now + rest
        lookAt = time
        guard time <= now else { return }
        if !hasGrown { surplus = min(count - least, growsAtOnce ? count - peak : max(1, count - peak)) }
        (lookAt, peak, hasGrown) = (now + rest, busy, false)
    }

    /// A thread is done with what it had.
    mutating func end() { busy -= 1 }

    /// Whether a thread that finds no work ends.
    mutating func letsGo() -> Bool {
        guard surplus > 0 else { return false }
        surplus -= 1
        count -= 1
        return true
    }

    /// Whether one that has found none for the whole time does.
    mutating func letsIdleGo() -> Bool {
        guard count > least else { return false }
        surplus = max(0, surplus - 1)
        count -= 1
        return true
    }
}
