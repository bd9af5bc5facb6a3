import Dispatch
import Logging
import Synchronization

/// Folds the lines of some loggers, and writes what became of them when it is time.
public final class LogFolder: Sendable {
    private let labels: Set<String>
    private let folding: Mutex<(folding: LogFolding, isTimed: Bool)>
    private let write: @Sendable (LogLine) -> Void
    private let queue = DispatchQueue(label: "queueflow.log-folder")

    /// Folds lines.
    ///
    /// - Parameters:
    ///   - labels: Those of the loggers whose lines are folded: the process's own, whose messages are constant.
    ///   - interval: How long lines are counted before it is said how many there were.
    ///   - write: Writes a line.
    init(labels: Set<String>, interval: Duration, write: @escaping @Sendable (LogLine) -> Void) {
        self.labels = labels
        self.write = write
        folding = Mutex((LogFolding(interval: interval), false))
    }

    /// Whether a line is to be written; else it is counted.
    func admits(_ line: LogLine) -> Bool {
        guard labels.contains(line.label), let kind = LogFolding.Kind(line) else { return true }
        let (isAdmitted, wait) = folding.withLock { state in
            let isAdmitted = state.folding.admits(line, of: kind, at: .now)
            let wait = state.isTimed ? nil : Self.wait(for: state.folding)
            state.isTimed = state.isTimed || wait != nil
            return (isAdmitted, wait)
        }
        if let wait { wake(after: wait) }
        return isAdmitted
    }

    /// Writes what was counted so far; for use at exit.
    func flush() {
        for line in folding.withLock({ $0.folding.rest() }) { write(line) }
    }

    private static func wait(for folding: LogFolding) -> Duration? {
        folding.nextDue.map { max(.milliseconds(10), $0 - .now) }
    }

    private func wake(after wait: Duration) {
        queue.asyncAfter(deadline: .now() + wait / .seconds(1)) { [self] in
            let (lines, wait) = folding.withLock { state in
                let lines = state.folding.due(at: .now)
                let wait = Self.wait(for: state.folding)
                state.isTimed = wait != nil
                return (lines, wait)
            }
            for line in lines { write(line) }
            if let wait { self.wake(after: wait) }
        }
    }
}
