import Synchronization

/// The thread behind a ``DescriptorLoop``: it runs the jobs of its actors and waits for their descriptors.
///
/// Each turn takes everything that has arrived, runs it, and then sleeps in `poll` unless more has come
/// meanwhile. A caller on another thread writes to the wake pipe only if the thread sleeps, once however many
/// callers there are; on the thread itself nothing is ever written.
final class LoopExecutor: SerialExecutor {
    /// What other threads, and jobs running on the thread itself, hand in.
    private struct Inbox {
        var jobs: [Job] = []
        var waits: [PollSet.Wait] = []
        var ended: [(id: UInt64, outcome: WaitOutcome)] = []
        var isAsleep = false
        var isStopping = false
    }

    /// A job of an actor, or of a task that prefers an executor.
    private typealias Job = (job: UnownedJob, preferred: UnownedTaskExecutor?)

    private let inbox = Mutex(Inbox())
    private let wakePipe: WakePipe
    private let lastID = Atomic<UInt64>(0)

    /// Opens the wake pipe and starts the thread.
    init(name: String) throws(ThreadingError) {
        wakePipe = try WakePipe()
        try DedicatedThread.start(name: name) { [self] in
            DedicatedThread.blockBrokenPipeSignal()
            run()
        }
    }

    func nextID() -> UInt64 {
        lastID.add(1, ordering: .relaxed).newValue
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        post { $0.jobs.append((job, nil)) }
    }

    func enqueue(_ job: consuming ExecutorJob, of preferred: UnownedTaskExecutor) {
        let job = UnownedJob(job)
        post { $0.jobs.append((job, preferred)) }
    }

    func add(_ wait: PollSet.Wait) {
        post { $0.waits.append(wait) }
    }

    /// Ends the wait `id`; does nothing if it has ended already or not begun yet.
    func end(_ id: UInt64, with outcome: WaitOutcome) {
        post { $0.ended.append((id, outcome)) }
    }

    /// Ends the thread once the jobs it has are done.
    func stop() {
        post { $0.isStopping = true }
    }

    private func post(_ change: (inout sending Inbox) -> Void) {
        let mustWake = inbox.withLock { inbox in
            change(&inbox)
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if mustWake { wakePipe.wake() }
    }

    private func run() {
        let executor = asUnownedSerialExecutor()
        var set = PollSet(wakePipe: wakePipe.readEnd)
        var jobs: [Job] = []
        var waits: [PollSet.Wait] = []
        while true {
            inbox.withLock { swap(&$0.jobs, &jobs) }
            for (job, preferred) in jobs {
                if let preferred {
                    job.runSynchronously(isolatedTo: executor, taskExecutor: preferred)
                } else {
                    job.runSynchronously(on: executor)
                }
            }
            jobs.removeAll(keepingCapacity: true)

            var ended: [(id: UInt64, outcome: WaitOutcome)] = []
            let next = inbox.withLock { inbox in
                swap(&inbox.waits, &waits)
                swap(&inbox.ended, &ended)
                inbox.isAsleep = inbox.jobs.isEmpty && ended.isEmpty && !inbox.isStopping
                return (mayBlock: inbox.isAsleep, isDone: inbox.isStopping && inbox.jobs.isEmpty && ended.isEmpty)
            }
            // Waits first: what ends a wait may have been handed in together with it.
            for wait in waits { set.add(wait) }
            waits.removeAll(keepingCapacity: true)
            for (id, outcome) in ended { set.end(id, with: outcome) }

            if next.isDone {
                if set.isEmpty { return }
                set.endAll(with: .cancelled)
                continue
            }
            let wasWoken = set.poll(mayBlock: next.mayBlock)
            if next.mayBlock { inbox.withLock { $0.isAsleep = false } }
            if wasWoken { wakePipe.drain() }
            set.resumeEnded()
        }
    }
}
