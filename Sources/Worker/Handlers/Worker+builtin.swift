import JobCore
import QueueFlowWorker

extension Worker {
    /// Registers the job types every QueueFlow knows. `image.process` always fails: it shows the way to the dead letters.
    ///
    /// - Parameter settings: What `http.request` and `exec` may do. Without a command there is no handler for `exec`.
    mutating func registerBuiltinHandlers(_ settings: WorkerSettings) {
        handle("noop") { _ in .none }
        handle("echo") { .json($0.payload) }
        handle("sleep", with: SleepHandler())
        handle("fail", with: FailHandler())
        handle("email.send", with: EmailHandler())
        handle("report.generate", with: ReportHandler())
        handle("heavy.task", with: HeavyTaskHandler())
        handle("image.process") { _ in throw NoImageProcessor() }
        handle("http.request", with: HTTPRequestHandler(allowed: settings.httpRequestAllow))
        if !settings.execAllow.isEmpty { handle("exec", with: ExecHandler(allowed: settings.execAllow)) }
    }
}

/// What `image.process` fails with.
private struct NoImageProcessor: Error, CustomStringConvertible {
    var description: String { "this worker has nothing that processes images" }
}
