/// How far a schedule goes back for firings that it missed.
public struct CatchUpLimits: Hashable, Sendable {
    /// The most instants that fire at once; when there are more, the newest do.
    public var count: Int
    /// How old a firing may be that `all` still makes up for.
    public var window: Duration
    /// How late a firing may be without counting as missed.
    public var grace: Duration

    /// Limits of one's own.
    ///
    /// - Parameters:
    ///   - count: At least 1; 100 is what a Kubernetes CronJob puts up with.
    ///   - window: A year, as in a Temporal schedule, so that `all` means all unless there are too many.
    ///   - grace: Long enough for another scheduler to step in, short enough not to be noticed.
    public init(count: Int = 100, window: Duration = .seconds(365 * 86_400), grace: Duration = .seconds(5)) {
        self.count = max(1, count)
        self.window = window
        self.grace = grace
    }
}
