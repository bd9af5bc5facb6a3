import JobCore
import QueueFlowWorker

extension Worker {
    /// Registers the job types every QueueFlow knows. `image.process` has no handler on purpose: it shows the way to the
    /// dead letters.
    mutating func registerBuiltinHandlers() {
        handle("noop") { _ in .none }
        handle("echo") { .json($0.payload) }
        handle("sleep", with: SleepHandler())
        handle("fail", with: FailHandler())
        handle("email.send", with: EmailHandler())
        handle("report.generate", with: ReportHandler())
        handle("heavy.task", with: HeavyTaskHandler())
    }
}
