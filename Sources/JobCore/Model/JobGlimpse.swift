/// What is told of a job that changed.
public struct JobGlimpse: Hashable, Sendable {
    /// Its id.
    public var id: JobID
    /// Whose it is.
    public var tenant: String
    /// Where it waits or waited.
    public var queue: String
    /// Which handler runs it.
    public var type: String
    /// How urgent it is.
    public var priority: Priority
    /// Where it stands.
    public var state: JobState
    /// How often it was claimed.
    public var run: Int
    /// How many attempts were counted.
    public var attempt: Int
    /// What went wrong in the last attempt that failed.
    public var error: String?
    /// Who ran it last.
    public var worker: WorkerID?
}
