import JobStore
import Postgres
import ServiceLifecycle

/// Hears which runs are to be stopped and tells the session of their worker, if that is with this process.
///
/// A word that is lost costs no more than a heartbeat: what a worker is to stop is read again with each of its renewals.
struct CancellationRelay: Service {
    let listener: PostgresListener
    let sessions: WorkerSessions

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await event in listener {
                guard case .notification(let notification) = event,
                    let run = CancelledRun(notification: notification.payload)
                else { continue }
                sessions.cancel(run)
            }
        }
    }
}
