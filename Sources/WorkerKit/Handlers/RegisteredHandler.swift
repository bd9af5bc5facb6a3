import JobCore

/// A handler as it was registered for a type.
struct RegisteredHandler: Sendable {
    var handler: any JobHandler
    /// For jobs that have no retry policy of their own.
    var retry: RetryPolicy?
}
