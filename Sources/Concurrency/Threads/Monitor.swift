import Glibc

/// A value behind a lock, with threads that wait until it satisfies them.
///
/// It is for dedicated threads, which may block; a task only ever calls ``update(_:)``, which holds the lock briefly.
///
/// `@unchecked Sendable`: the value is only touched between locking and unlocking `mutex`.
package final class Monitor<Value>: @unchecked Sendable {
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>

    package init(_ value: sending Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // So that setting the wall clock does not stretch a wait.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Changes the value and wakes the waiting threads, so that they look at it again.
    package func update<Result>(_ body: (inout Value) -> sending Result) -> sending Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(changed)
            pthread_mutex_unlock(mutex)
        }
        return body(&value)
    }

    /// Blocks this thread until `ready` gives a result, or until the time is over.
    ///
    /// - Parameters:
    ///   - timeout: the longest wait; nil waits without end.
    ///   - ready: looks at the value and gives a result, or nil to wait for the next change.
    /// - Returns: what `ready` gave; nil if the time was over first.
    package func wait<Result>(timeout: Duration? = nil, until ready: (inout Value) -> Result?) -> Result? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let deadline = timeout.map(Self.deadline(after:))
        while true {
            if let result = ready(&value) { return result }
            guard var deadline else {
                pthread_cond_wait(changed, mutex)
                continue
            }
            if pthread_cond_timedwait(changed, mutex, &deadline) == ETIMEDOUT { return ready(&value) }
        }
    }

    private static func deadline(after timeout: Duration) -> timespec {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let timeout = timespec(truncating: timeout)
        let nanoseconds = now.tv_nsec + timeout.tv_nsec
        return timespec(
            tv_sec: now.tv_sec + timeout.tv_sec + nanoseconds / 1_000_000_000,
            tv_nsec: nanoseconds % 1_000_000_000
        )
    }
}
