import Foundation

/// Takes the stack down.
struct StackStopper: Sendable {
    let directory: StackDirectory
    let console: Console

    /// Stops every process that `queueflow up` started, the last first; data stays.
    ///
    /// - Throws: ``StackError/busy(directory:)`` while another command starts or stops this stack.
    func stop() async throws(StackError) {
        let records = ServiceRecords(directory: directory)
        guard !records.all.isEmpty else {
            console.line("Nothing runs in \(directory.root.path).")
            return
        }
        let lock = try StackLock(directory)
        for record in records.all.reversed() {
            if record.isExternal {
                console.service(record.service, "left alone at \(record.address ?? "its address"): it is not ours")
            } else {
                switch await ServiceStopper.stop(record, within: record.service.stopWithin) {
                case .notRunning:
                    console.service(record.service, "did not run")
                case .stopped(let time):
                    console.service(record.service, "stopped after \(time.brief)")
                case .killed(let time):
                    console.service(record.service, "killed, as it had not stopped after \(time.brief)")
                }
            }
            records.remove(record.service)
        }
        withExtendedLifetime(lock) {}
    }
}
