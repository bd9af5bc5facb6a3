#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Starts threads for work that must not run on the cooperative pool.
enum OwnThread {
    /// Starts a detached thread that runs `body` and ends.
    ///
    /// `SIGPIPE` is blocked on it: C libraries that `write` to a socket closed by the peer then get `EPIPE`
    /// instead of ending the process.
    ///
    /// - Parameters:
    ///   - name: Shown by debuggers and `top -H`; Linux keeps 15 bytes.
    ///   - body: Runs once, on the new thread.
    /// - Throws: When the system refuses another thread.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(ThreadingError) {
        let box = Unmanaged.passRetained(ThreadBody(name: name, run: body))
        #if canImport(Darwin)
        var thread: pthread_t?
        let code = pthread_create(&thread, nil, { ThreadBody.enter($0) }, box.toOpaque())
        if let thread { pthread_detach(thread) }
        #else
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { $0.flatMap(ThreadBody.enter) }, box.toOpaque())
        if code == 0 { pthread_detach(thread) }
        #endif
        guard code == 0 else {
            box.release()
            throw ThreadingError(operation: "start the thread \(name)", code: code)
        }
    }
}

private final class ThreadBody: Sendable {
    private let name: String
    private let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
        self.name = name
        self.run = run
    }

    /// The first function of the new thread; takes over the reference that `OwnThread.start` gave it.
    static func enter(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        let body = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        body.nameThread()
        body.run()
        return nil
    }

    private func nameThread() {
        #if canImport(Darwin)
        pthread_setname_np(name)
        #else
        // Glibc hides `pthread_setname_np` behind `_GNU_SOURCE`; this file is what it writes to for other threads.
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, name, name.utf8.count)
        close(file)
        #endif
    }
}
