import JobCore
import JobStore
import Postgres
import ServiceLifecycle

/// Hears which runs are to be stopped and which workers are to end, and tells the session of the worker, if that is with this process.
///
/// A word that is lost costs no more than a heartbeat: what a worker is to stop, and whether it is to end, is read again with each of its renewals.
struct WorkerRelay: Service {
    /// What it is to hear of.
    static let channels = [CancellationStore.channel, LeaseStore.drainChannel]

    let listener: PostgresListener
    let sessions: WorkerSessions

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await event in listener {
                guard case .notification(let notification) = event else { continue }
                if notification.channel == LeaseStore.drainChannel {
                    if let worker = WorkerID(notification.payload) { sessions.drain(worker) }
                } else if let run = CancelledRun(notification: notification.payload) {
                    sessions.cancel(run)
                }
            }
        }
    }
}
