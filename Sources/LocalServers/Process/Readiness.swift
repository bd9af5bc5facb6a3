import Concurrency
import Foundation

/// Waits for a server that was just started.
enum Readiness {
    /// Probes until the server answers.
    ///
    /// Between two probes, of which the first pauses last a few milliseconds, it waits for the process's end, so a server
    /// that dies is noticed at once.
    ///
    /// - Throws: ``LocalServerError/failed(name:status:log:)`` when the process ends,
    ///   ``LocalServerError/notReady(name:after:lastProblem:log:)`` when `limit` is over.
    static func wait(
        for name: String,
        process: LeashedProcess,
        log: URL,
        within limit: Duration,
        probe: () async throws(LocalServerError) -> Void
    ) async throws(LocalServerError) {
        let deadline = ContinuousClock.now + limit
        var pauses = Backoff(first: .milliseconds(5), longest: .milliseconds(100), jitter: 1...1)
        while true {
            let problem: String
            do {
                try await probe()
                return
            } catch {
                problem = error.description
            }
            if ContinuousClock.now >= deadline {
                throw .notReady(name: name, after: limit, lastProblem: problem, log: LogTail.read(log))
            }
            if let status = await process.waitForExit(within: pauses.next()) {
                throw .failed(name: name, status: status, log: LogTail.read(log))
            }
        }
    }
}
