import Foundation

/// A run that is to be stopped, as its job was called off.
public struct CancelledRun: Hashable, Sendable {
    /// Whose job-service session the word goes through.
    public var worker: WorkerID
    /// Of which job.
    public var job: JobID
    /// Which run.
    public var run: Int

    /// A run to stop.
    public init(worker: WorkerID, job: JobID, run: Int) {
        self.worker = worker
        self.job = job
        self.run = run
    }

    /// Reads a notification as `cancel_job.sql` writes it: worker, job and run, with spaces between; nil for other text.
    public init?(notification: String) {
        let parts = notification.split(separator: " ")
        guard parts.count == 3, let worker = UUID(uuidString: String(parts[0])), let job = JobID(parts[1]),
            let run = Int(parts[2])
        else { return nil }
        self.init(worker: WorkerID(worker), job: job, run: run)
    }
}
