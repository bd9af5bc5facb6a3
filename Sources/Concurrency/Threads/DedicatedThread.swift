#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Threads for work that must not run on the cooperative pool: calls that block, and loops.
package enum DedicatedThread {
    /// Starts a detached thread that runs `body` and ends.
    ///
    /// - Parameters:
    ///   - name: Shown by debuggers and `top -H`; Linux keeps 15 bytes. `nil` keeps the process's name.
    ///   - body: Runs once, on the new thread; dropped without having run if there is none.
    /// - Throws: When the system refuses another thread.
    package static func start(
        name: String? = nil,
        _ body: sending @escaping () -> Void
    ) throws(ThreadingError) {
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
            throw ThreadingError(operation: name.map { "start the thread \($0)" } ?? "start a thread", code: code)
        }
    }

    /// Blocks `SIGPIPE` on this thread: C libraries that `write` to a socket closed by the peer then get `EPIPE`
    /// instead of ending the process.
    ///
    /// Not for threads that start programs, which inherit it.
    static func blockBrokenPipeSignal() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Stops this thread for a while; never for one of the cooperative pool.
    package static func sleep(for duration: Duration) {
        let whole = timespec(truncating: duration)
        var left = timespec()
        var status = withUnsafePointer(to: whole) { nanosleep($0, &left) }
        while status != 0, errno == EINTR {
            let rest = left
            status = withUnsafePointer(to: rest) { nanosleep($0, &left) }
        }
    }
}

private final class ThreadBody {
    private let name: String?
    private let run: () -> Void

    init(name: String?, run: @escaping () -> Void) {
        self.name = name
        self.run = run
    }

    /// The first function of the new thread; takes over the reference that `DedicatedThread.start` gave it.
    static func enter(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        let body = Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
        if let name = body.name { Self.nameThread(name) }
        body.run()
        return nil
    }

    private static func nameThread(_ name: String) {
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
