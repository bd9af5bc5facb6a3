import Foundation
import Synchronization

/// Lets a command end in order when it is interrupted: Ctrl-C or SIGTERM cancels its task, a second one ends the program.
///
/// A handler writes each signal into a pipe that a thread reads. libdispatch may lose a signal that comes while it begins to listen, or raise
/// one again after it was told.
enum Interruption {
    private static let signals = [SIGINT, SIGTERM]

    /// The pipe; made before a handler is installed.
    private static let ends: (reading: Int32, writing: Int32) = {
        var ends: [Int32] = [-1, -1]
        _ = pipe(&ends)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }()

    /// What is to be told of a signal, by number.
    private static let listeners = Mutex<(next: Int, told: [Int: @Sendable () -> Void])>((0, [:]))

    /// The thread that reads the pipe, begun once.
    private static let reader: Void = {
        let pipe = ends.reading
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while true {
                let count = read(pipe, &byte, 1)
                if count == 1 {
                    for tell in listeners.withLock({ Array($0.told.values) }) { tell() }
                } else if count == 0 || errno != EINTR {
                    return
                }
            }
        }
    }()

    /// Carries out a body that SIGINT and SIGTERM cancel.
    ///
    /// - Throws: What the body throws; `CancellationError` for what it throws because of that.
    static func cancels<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let surroundings = Surroundings.current
        // Signals are heard before the body begins, which may show something at once.
        let begin = Begin<Result>()
        let listener = listen {
            if begin.cancel() { exit(CommandStatus.interrupted.rawValue) }
        }
        defer { ignore(listener) }
        let task = Task { try await Surroundings.$current.withValue(surroundings) { try await body() } }
        begin.began(task)
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch  where task.isCancelled {
            throw CancellationError()
        }
    }

    /// A task that may be cancelled before there is one.
    private final class Begin<Result: Sendable>: Sendable {
        private let state = Mutex<(task: Task<Result, any Error>?, isCancelled: Bool)>((nil, false))

        func began(_ task: Task<Result, any Error>) {
            let isCancelled = state.withLock { state in
                state.task = task
                return state.isCancelled
            }
            if isCancelled { task.cancel() }
        }

        /// Cancels the task.
        ///
        /// - Returns: Whether it was cancelled before.
        func cancel() -> Bool {
            let (task, wasCancelled) = state.withLock { state in
                defer { state.isCancelled = true }
                return (state.task, state.isCancelled || state.task?.isCancelled == true)
            }
            task?.cancel()
            return wasCancelled
        }
    }

    private static func listen(_ tell: @escaping @Sendable () -> Void) -> Int {
        reader
        return listeners.withLock { listeners in
            if listeners.told.isEmpty {
                for number in signals {
                    // Calls nothing but what a signal handler may call (POSIX, signal-safety).
                    signal(number) { _ in
                        let before = errno
                        var byte: UInt8 = 0
                        _ = write(Interruption.ends.writing, &byte, 1)
                        errno = before
                    }
                }
            }
            listeners.next += 1
            listeners.told[listeners.next] = tell
            return listeners.next
        }
    }

    private static func ignore(_ listener: Int) {
        listeners.withLock { listeners in
            listeners.told[listener] = nil
            if listeners.told.isEmpty { for number in signals { signal(number, SIG_DFL) } }
        }
    }
}
