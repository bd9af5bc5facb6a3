/// An event that a job's present state does not allow.
public struct JobTransitionRejection: Error, Hashable, CustomStringConvertible {
    /// What was tried.
    public var event: JobEvent
    /// The job as it was, and still is.
    public var lifecycle: JobLifecycle

    /// Says what was refused and why.
    public var description: String {
        "\(event) is not possible for a job that is \(lifecycle.state) in run \(lifecycle.run)"
    }
}
