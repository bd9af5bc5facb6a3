import Concurrency
import Logging
import ServiceLifecycle
import Synchronization

extension PostgresPool {
    /// Keeps the minimum of connections until the service group shuts down or the task is cancelled, then closes the
    /// pool.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.maintain() }
            group.addTask { try? await gracefulShutdown() }
            await group.next()
            group.cancelAll()
        }
        await close()
    }

    /// Refuses new callers, waits for the connections that are lent, up to the drain time-out, and closes all.
    public func close() async {
        let (idle, waiters) = state.withLock { $0.close() }
        for waiter in waiters { waiter.resume(throwing: PostgresError.poolClosed) }
        attempts.cancelAll()
        for connection in idle { await connection.close() }
        // Closing must go on in a cancelled task, so it is timed by one that nobody cancels.
        let (busy, drainTimeout) = (busy, drainTimeout)
        await Task {
            let isOver: Void? = await withTimeLimit(drainTimeout) { await busy.waitUntilEmpty() }
            guard isOver == nil else { return }
            for connection in busy.all { await connection.abort() }
        }.value
    }

    private func maintain() async {
        while !Task.isCancelled {
            for _ in 0..<state.withLock({ $0.beginFilling(now: .now) }) { startConnecting() }
            try? await Task.sleep(for: healthCheckInterval)
            if Task.isCancelled { return }
            let now = ContinuousClock.now
            for connection in state.withLock({ $0.removeIdle(since: now - idleTimeout) }) { await connection.close() }
            for connection in state.withLock({ $0.takeIdle(since: now - healthCheckInterval) }) {
                busy.insert(connection)
                do {
                    try await connection.ping()
                } catch {
                    logger.warning("an idle connection to PostgreSQL was lost", metadata: ["error": "\(error)"])
                }
                await giveBack(connection)
            }
        }
    }
}
