import JobCore
import Logging
import Postgres
import ServiceLifecycle
import Synchronization

/// Hears which runs are to be stopped and hands each to the session of its worker, if that session is with this process.
///
/// A word that is lost costs no more than a heartbeat: what a worker is to stop is read again with each of its renewals.
final class CancellationRelay: Service {
    private struct State {
        var sessions: [WorkerID: (number: UInt64, runs: AsyncStream<CancelledRun>.Continuation)] = [:]
        var lastNumber: UInt64 = 0
    }

    /// How many words wait for a session that is slow to pass them on.
    private static let waiting = 1_000

    private let listener: PostgresListener
    private let state = Mutex(State())

    /// A relay of the words on ``CancellationStore/channel``.
    init(listener: PostgresListener) {
        self.listener = listener
    }

    /// The runs of a worker that are to be stopped, from now on. A worker's newer session takes the older one's place.
    func runs(of worker: WorkerID) -> AsyncStream<CancelledRun> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: CancelledRun.self,
            bufferingPolicy: .bufferingOldest(Self.waiting)
        )
        let number = state.withLock { state in
            state.lastNumber += 1
            state.sessions[worker] = (state.lastNumber, continuation)
            return state.lastNumber
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                if state.sessions[worker]?.number == number { state.sessions[worker] = nil }
            }
        }
        return stream
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await event in self.listener {
                guard case .notification(let notification) = event,
                    let run = CancelledRun(notification: notification.payload)
                else { continue }
                _ = self.state.withLock { $0.sessions[run.worker]?.runs }?.yield(run)
            }
        }
    }
}
