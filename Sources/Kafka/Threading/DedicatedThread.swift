import Glibc

/// Threads for calls that block, which must never run on Swift's cooperative pool.
package enum DedicatedThread {
    /// Starts a detached thread that runs `body` and ends.
    ///
    /// - Throws: ``KafkaErrorCode/noThread`` if the system refuses; `body` is then dropped without having run.
    package static func start(_ body: sending @escaping () -> Void) throws(KafkaError) {
        let body = Unmanaged.passRetained(Body(run: body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            body.toOpaque()
        )
        guard status == 0 else {
            body.release()
            throw KafkaError(code: .noThread, operation: .configure, reason: String(cString: strerror(status)))
        }
        pthread_detach(thread)
    }

    /// Stops this thread for a while; never for one of the cooperative pool.
    package static func sleep(for duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let whole = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        var left = timespec()
        var status = withUnsafePointer(to: whole) { clock_nanosleep(CLOCK_MONOTONIC, 0, $0, &left) }
        while status == EINTR {
            let rest = left
            status = withUnsafePointer(to: rest) { clock_nanosleep(CLOCK_MONOTONIC, 0, $0, &left) }
        }
    }

    private final class Body {
        let run: () -> Void

        init(run: @escaping () -> Void) {
            self.run = run
        }
    }
}
