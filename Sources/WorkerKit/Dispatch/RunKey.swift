import JobCore

/// Names one run on this worker.
struct RunKey: Hashable, Sendable {
    var job: JobID
    var run: Int
}
