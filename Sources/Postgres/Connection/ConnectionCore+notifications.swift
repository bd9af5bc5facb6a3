import Concurrency

extension ConnectionCore {
    /// The next notification of the channels this connection listens to.
    ///
    /// - Throws: `CancellationError`, or ``PostgresError`` when the connection is lost or notifications were dropped.
    func nextNotification() async throws -> PostgresNotification {
        let id = notifications.waiters.makeID()
        return try await withTaskCancellationHandler {
            try await withUnsafeContinuation { join(id, $0) }.get()
        } onCancel: {
            Task { await abandonWaiter(id) }
        }
    }

    /// Hands out a notification that is there, or lets the reader wait for the next: in one step, for at every `await`
    /// before it one may arrive that nobody would be told of.
    private func join(_ id: UInt64, _ reader: WaiterQueue<Result<PostgresNotification, any Error>>.Waiter) {
        if Task.isCancelled { return reader.resume(returning: .failure(CancellationError())) }
        if let link { takeNotifications(link) }
        do {
            if let notification = try notifications.next() { return reader.resume(returning: .success(notification)) }
        } catch {
            return reader.resume(returning: .failure(error))
        }
        guard link != nil else { return reader.resume(returning: .failure(Self.closed("wait for notifications"))) }
        notifications.waiters.append(reader, id: id)
        watchForNotifications()
    }

    private func abandonWaiter(_ id: UInt64) {
        notifications.waiters.remove(id)?.resume(returning: .failure(CancellationError()))
    }

    /// Hands out what libpq has found in its input.
    func takeNotifications(_ link: PQConnection) {
        guard status.isListening else { return }
        while let notification = link.nextNotification() { notifications.add(notification) }
    }

    /// Reads the connection while somebody waits for a notification.
    ///
    /// A command under way reads it too; libpq keeps what either of them reads, and each tells the other.
    private func watchForNotifications() {
        guard notifications.watcher == nil else { return }
        notifications.watcher = Task { await watch() }
    }

    private func watch() async {
        defer { notifications.watcher = nil }
        while !notifications.waiters.isEmpty, let link {
            let outcome = await loop.wait(for: link.socket, .read)
            guard case .ready = outcome else { return }
            let isAlive = link.consumeInput()
            takeNotifications(link)
            inputSignal.raise()
            // A command under way finds the break itself, and with it the server's reason.
            if !isAlive {
                if status.state != .active {
                    drop(
                        PostgresError(
                            .connectionLost,
                            operation: "wait for notifications",
                            message: link.errorMessage,
                            hint: "Connect again and listen again."
                        )
                    )
                }
                return
            }
        }
    }
}
