import Foundation
import LocalServers

/// Waits until a service is ready, and says why when it does not become so.
struct ReadinessWait: Sendable {
    let service: StackService
    let check: ReadinessCheck
    /// The process, if this command started it, so that its end is noticed at once.
    let process: DetachedProcess?
    let log: URL

    /// - Throws: ``StackError/server(_:)`` with the end of the service's log.
    func wait(within limit: Duration) async throws(StackError) {
        let deadline = ContinuousClock.now + limit
        var pause = Duration.milliseconds(10)
        while let problem = await check.problem() {
            if ContinuousClock.now >= deadline {
                throw .server(
                    .notReady(name: service.rawValue, after: limit, lastProblem: problem, log: logTail)
                )
            }
            if let process {
                if let status = await process.waitForExit(within: pause) { throw failure(status) }
            } else {
                try? await Task.sleep(for: pause)
            }
            pause = min(pause * 2, .milliseconds(200))
        }
        // A server of the same kind that someone else runs on the port would answer too.
        if let status = process?.exitStatus { throw failure(status) }
    }

    private func failure(_ status: Int32) -> StackError {
        .server(.failed(name: service.rawValue, status: status, log: logTail))
    }

    private var logTail: String { LogTail.read(log, lines: 10, width: 400) }
}
