import Concurrency
import DequeModule

/// Makes calls that block, one after the other, on a thread of its own.
actor BlockingCalls {
    private let executor: ThreadExecutor

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Starts the thread.
    ///
    /// - Throws: ``KafkaErrorCode/noThread`` if the system refuses one.
    init() throws(KafkaError) {
        executor = try ThreadExecutor()
    }

    deinit {
        executor.stop()
    }

    /// Makes a call once those before it have returned.
    func run<Result: Sendable, Failure: Error>(
        _ body: @Sendable () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body()
    }
}

/// Runs an actor's jobs on a thread of its own, so that the actor may make calls that block.
///
/// The thread keeps the executor alive; the actor that owns it calls ``stop()`` in its `deinit`, and the thread ends.
final class ThreadExecutor: SerialExecutor {
    private struct Queue {
        var jobs: Deque<UnownedJob> = []
        var isStopped = false
    }

    private enum Next {
        case job(UnownedJob)
        case end
    }

    private let queue = Monitor(Queue())

    /// Starts the thread.
    ///
    /// - Throws: ``KafkaErrorCode/noThread`` if the system refuses one.
    init() throws(KafkaError) {
        try DedicatedThread.startForKafka("kafka-calls") { self.runJobs() }
    }

    /// Lets the thread end once the jobs that are queued have run.
    func stop() {
        queue.update { $0.isStopped = true }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.update { $0.jobs.append(job) }
    }

    private func runJobs() {
        while case .job(let job) = nextJob() {
            job.runSynchronously(on: asUnownedSerialExecutor())
        }
    }

    private func nextJob() -> Next {
        queue.wait { queue in
            if let job = queue.jobs.popFirst() { return .job(job) }
            return queue.isStopped ? .end : nil
        } ?? .end
    }
}

extension DedicatedThread {
    /// Starts a thread for a Kafka client.
    ///
    /// - Throws: ``KafkaErrorCode/noThread`` if the system refuses one.
    static func startForKafka(_ name: String, _ body: sending @escaping () -> Void) throws(KafkaError) {
        do {
            try start(name: name, body)
        } catch {
            throw KafkaError(code: .noThread, operation: .configure, reason: error.reason)
        }
    }
}
