import Dispatch
import Foundation

/// Lets a command end in order when it is interrupted: Ctrl-C or SIGTERM cancels its task, a second one ends the program.
enum Interruption {
    /// Carries out a body that SIGINT and SIGTERM cancel.
    ///
    /// - Throws: What the body throws; `CancellationError` for what it throws because of that.
    static func cancels<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result
    {
        let surroundings = Surroundings.current
        let task = Task { try await Surroundings.$current.withValue(surroundings) { try await body() } }
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                if task.isCancelled { exit(CommandStatus.interrupted.rawValue) }
                task.cancel()
            }
            source.activate()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        }
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
}
