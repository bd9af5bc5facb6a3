import Logging
import Synchronization

extension PostgresPool {
    /// Takes a connection that works, as far as can be told.
    nonisolated(nonsending) func acquire() async throws -> PostgresConnection {
        try Task.checkCancellation()
        while true {
            let (idle, lastBreak) = state.withLock { ($0.takeIdle(), $0.lastBreak) }
            let lent = if let idle { idle } else { try await waitForConnection() }
            if await isUsable(lent, lastBreak: lastBreak) {
                busy.insert(lent.connection)
                return lent.connection
            }
            logger.debug("discarding a connection that broke while idle")
            carryOut(state.withLock { $0.discard(now: .now) })
        }
    }

    /// Looks at a connection that has rested, or that was idle when another one broke.
    private nonisolated(nonsending) func isUsable(
        _ lent: Rested<PostgresConnection>,
        lastBreak: ContinuousClock.Instant?
    ) async -> Bool {
        let isSuspect = lastBreak.map { lent.since <= $0 } ?? false
        guard isSuspect || lent.since.duration(to: .now) > Self.restBeforeLook else { return true }
        return await lent.connection.looksAlive()
    }

    private nonisolated(nonsending) func waitForConnection() async throws -> Rested<PostgresConnection> {
        let id = lastWaiterID.add(1, ordering: .relaxed).newValue
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let now = ContinuousClock.now
                let caller = State.Waiting(id: id, deadline: now + acquireTimeout, waiter: continuation)
                switch state.withLock({ $0.acquire(caller, now: now) }) {
                case .lend(let idle):
                    continuation.resume(returning: idle)
                case .refuse(let error):
                    continuation.resume(throwing: error)
                case .wait(let connects):
                    if connects { startConnecting() }
                    startTimer()
                    // A cancellation that came before the caller was in the queue has found nobody there.
                    if Task.isCancelled { abandon(id) }
                }
            }
        } onCancel: {
            abandon(id)
        }
    }

    private func abandon(_ id: UInt64) {
        state.withLock { $0.removeWaiting(id) }?.resume(throwing: CancellationError())
    }

    /// Takes a connection back, in whatever state it is.
    nonisolated(nonsending) func giveBack(_ connection: PostgresConnection) async {
        busy.remove(connection)
        if connection.status.state != .idle, !connection.isClosed { await connection.tidyUp() }
        if connection.status.isListening { await connection.close() }
        guard connection.status.state == .idle else {
            logger.debug("discarding a connection")
            return carryOut(state.withLock { $0.discard(now: .now) })
        }
        await hand(over: connection, state.withLock { $0.release(connection, now: .now) })
    }

    private nonisolated(nonsending) func hand(
        over connection: PostgresConnection,
        _ action: State.Released
    ) async {
        switch action {
        case .keep: break
        case .lend(let waiter): waiter.resume(returning: Rested(connection: connection, since: .now))
        case .close: await connection.close()
        }
    }

    func startConnecting() {
        attempts.start { [self] in
            do throws(PostgresError) {
                let connection = try await connect()
                let next = state.withLock { $0.connected(connection, now: .now) }
                for _ in 0..<next.more { startConnecting() }
                await hand(over: connection, next.connection)
            } catch {
                if error.kind != .poolClosed {
                    logger.warning("cannot connect to PostgreSQL", metadata: ["error": "\(error)"])
                }
                carryOut(state.withLock { $0.connectFailed(error, now: .now, jitter: .random(in: 0...1)) })
            }
        }
    }

    private func carryOut(_ next: State.Next) {
        switch next {
        case .nothing:
            break
        case .connect:
            startConnecting()
        case .connectLater(let delay):
            attempts.start { [self] in
                try? await Task.sleep(for: delay)
                if state.withLock({ $0.retry() }) { startConnecting() }
            }
        case .fail(let waiters, let error):
            for waiter in waiters { waiter.resume(throwing: error) }
        }
    }

    /// One task watches the first deadline of the queue, however long the queue is.
    private func startTimer() {
        guard !isTimerRunning.exchange(true, ordering: .acquiringAndReleasing) else { return }
        attempts.start { [self] in
            while let deadline = state.withLock({ $0.waiting.first?.deadline }), !Task.isCancelled {
                try? await Task.sleep(until: deadline, clock: .continuous)
                let expired = state.withLock { $0.removeExpired(now: .now) }
                guard !expired.isEmpty else { continue }
                let error = PostgresError.acquireTimedOut(acquireTimeout, metrics)
                for waiter in expired { waiter.resume(throwing: error) }
            }
            isTimerRunning.store(false, ordering: .releasing)
            // Somebody may have come after the last look and found the timer still running.
            if !state.withLock({ $0.waiting.isEmpty }), !Task.isCancelled { startTimer() }
        }
    }
}
