import Concurrency
import Foundation

/// Stops the processes of the stack.
enum ServiceStopper {
    enum Outcome: Sendable, Equatable {
        case notRunning
        case stopped(after: Duration)
        case killed(after: Duration)
    }

    /// Asks a process to end, waits, and kills it with its process group when it takes too long.
    ///
    /// - Parameters:
    ///   - record: The process's record; a process that merely has the same id now is left alone.
    ///   - limit: How long the process may take.
    static func stop(_ record: ServiceRecord, within limit: Duration) async -> Outcome {
        guard let process = record.process, process.isAlive else {
            await killLeftovers(of: record)
            return .notRunning
        }
        let start = ContinuousClock.now
        process.signal(ServicePlan.stopSignal(of: record.service))
        if await end(of: process, within: limit) {
            await killLeftovers(of: record)
            return .stopped(after: ContinuousClock.now - start)
        }
        process.signal(SIGKILL, wholeGroup: true)
        _ = await end(of: process, within: .seconds(10))
        await killLeftovers(of: record)
        return .killed(after: ContinuousClock.now - start)
    }

    /// Ends what a process that died without its clean-up left behind: nginx's workers, when its master was killed.
    ///
    /// Only processes that run the same program in the session that the dead process led are taken for leftovers.
    static func killLeftovers(of record: ServiceRecord) async {
        for process in leftovers(of: record).compactMap(ProcessIdentity.init(pid:)) {
            process.signal(SIGKILL)
            _ = await end(of: process, within: .seconds(10))
        }
    }

    static func leftovers(of record: ServiceRecord) -> [Int32] {
        guard let leader = record.process, leader.startTicks > 0, ProcessStat(pid: leader.pid).map(\.hasEnded) ?? true
        else { return [] }
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { Int32($0) }.filter { pid in
            guard pid != leader.pid, let stat = ProcessStat(pid: pid), stat.session == leader.pid, !stat.hasEnded,
                stat.startTicks >= leader.startTicks
            else { return false }
            let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
            return program == record.executable
        }
    }

    /// Waits for the end of a process that is not this one's child, about which the kernel tells nobody.
    private static func end(of process: ProcessIdentity, within limit: Duration) async -> Bool {
        let deadline = ContinuousClock.now + limit
        var pauses = Backoff(first: .milliseconds(5), longest: .milliseconds(50), jitter: 1...1)
        while process.isAlive {
            if ContinuousClock.now >= deadline { return false }
            try? await Task.sleep(for: pauses.next())
        }
        return true
    }
}
