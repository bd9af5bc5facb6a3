import DescriptorIO

extension ConnectionCore {
    /// The next notification of the channels this connection listens to.
    ///
    /// - Throws: `CancellationError`, or ``PostgresError`` when the connection is lost or notifications were dropped.
    func nextNotification() async throws -> PostgresNotification {
        if let link { takeNotifications(link) }
        if let notification = try notifications.next() { return notification }
        guard link != nil else { throw Self.closed("wait for notifications") }
        watchForNotifications()
        let id = notifications.makeWaiterID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                notifications.addWaiter(id, continuation)
                if Task.isCancelled { notifications.removeWaiter(id)?.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            Task { await abandonWaiter(id) }
        }
    }

    private func abandonWaiter(_ id: UInt64) {
        notifications.removeWaiter(id)?.resume(throwing: CancellationError())
    }

    /// Hands out what libpq has found in its input.
    func takeNotifications(_ link: PQConnection) {
        guard status.isListening else { return }
        while let notification = link.nextNotification() { notifications.add(notification) }
    }

    /// Reads the connection while somebody waits for a notification.
    ///
    /// A command under way reads it too. That does no harm: libpq keeps what either of them reads.
    private func watchForNotifications() {
        guard notifications.watcher == nil else { return }
        notifications.watcher = Task { await watch() }
    }

    private func watch() async {
        defer { notifications.watcher = nil }
        while notifications.hasWaiters, let link {
            let outcome = await loop.wait(for: link.socket, .read)
            guard case .ready = outcome else { return }
            let isAlive = link.consumeInput()
            takeNotifications(link)
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
