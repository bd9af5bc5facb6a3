import Glibc

/// Waits for SIGTERM or SIGINT, without a handler.
struct StopSignal {
    private var signals = sigset_t()

    /// Blocks the two signals in this thread and in those it starts from now on, so that they wait to be fetched.
    init() {
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Blocks this thread until one of the signals has come.
    func wait() {
        var signal: Int32 = 0
        var signals = signals
        while sigwait(&signals, &signal) != 0 {}
    }
}
