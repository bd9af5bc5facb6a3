import Foundation
import LocalServers

/// Starts the processes of the stack as daemons, and keeps records of them.
struct ServiceLauncher: Sendable {
    let directory: StackDirectory
    /// A log file longer than this, in bytes, becomes `NAME.log.1` at the next start of its process.
    static let longestLog = 64 * 1024 * 1024

    /// Starts a process.
    ///
    /// - Returns: The process, for as long as this command lives, and its record, which outlives it.
    func start(
        _ plan: ServicePlan,
        _ command: LaunchCommand
    ) async throws(StackError) -> (process: DetachedProcess, record: ServiceRecord) {
        let log = directory.log(of: plan.service)
        rotate(log)
        let process: DetachedProcess
        do { process = try await DetachedProcess.start(command, log: log) } catch { throw .server(error) }
        let record = ServiceRecord(
            service: plan.service,
            // One that has ended already is gone for good, whatever gets its id later.
            process: ProcessIdentity(pid: process.pid)
                ?? ProcessIdentity(pid: process.pid, startTicks: 0, boot: "ended at once"),
            executable: command.executable,
            address: nil,
            ports: plan.ports,
            check: plan.check,
            fingerprint: plan.fingerprint,
            settings: plan.settings,
            startedAt: Date()
        )
        try ServiceRecords(directory: directory).write(record)
        return (process, record)
    }

    private func rotate(_ log: URL) {
        var status = stat()
        guard stat(log.path, &status) == 0, status.st_size > Self.longestLog else { return }
        rename(log.path, log.path + ".1")
    }
}
