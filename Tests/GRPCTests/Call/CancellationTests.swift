import GRPC
import Testing

/// A call that one side gives up ends on the other.
@Suite(.timeLimit(.minutes(1))) struct CancellationTests {
    @Test func aResetCancelsTheHandler() async throws {
        let (begun, cancelled) = (Signal(), Signal())
        let service = ProbeService { _, _, context in
            begun.send()
            await context.shutdownBegun()
            if Task.isCancelled { cancelled.send() }
        }
        try await withServer([service]) { address in
            let connection = try await RawConnection(address)
            connection.send(RawConnection.headers(RawConnection.request(ProbeService.custom)))
            await begun.wait()
            connection.send(RawConnection.frame(3, stream: 1, [0, 0, 0, 8]))
            await cancelled.wait()
        }
    }

    @Test func aLostConnectionCancelsTheHandler() async throws {
        let (begun, failed) = (Signal(), Signal())
        let service = ProbeService { requests, _, _ in
            begun.send()
            let error = await #expect(throws: (any Error).self) { for try await _ in requests {} }
            if error is CancellationError || (error as? GRPCError)?.code == .cancelled { failed.send() }
        }
        try await withServer([service]) { address in
            let connection = try await RawConnection(address)
            connection.send(RawConnection.headers(RawConnection.request(ProbeService.custom)))
            await begun.wait()
            connection.close()
            await failed.wait()
        }
    }

    @Test func aCancelledTaskResetsTheCall() async throws {
        let (begun, cancelled) = (Signal(), Signal())
        let service = ProbeService { _, _, context in
            begun.send()
            await context.shutdownBegun()
            if Task.isCancelled { cancelled.send() }
        }
        try await withServer([service]) { address in
            try await withClient(address) { client in
                let call = Task {
                    try await client.serverStreaming(
                        ProbeService.custom,
                        ProbeService.message(1),
                        as: ProbeService.Message.self
                    ) { for try await _ in $0 {} }
                }
                await begun.wait()
                call.cancel()
                await cancelled.wait()
                await #expect(throws: CancellationError.self) { try await call.value }
            }
        }
    }

    /// Leaving a call before its answers end, without any cancellation of the task, tells the server too.
    @Test func leavingACallResetsIt() async throws {
        let cancelled = Signal()
        let service = ProbeService { _, responses, _ in
            defer { if Task.isCancelled { cancelled.send() } }
            while true { try await responses.write(ProbeService.message(100)) }
        }
        try await withServer([service]) { address in
            try await withClient(address) { client in
                try await client.serverStreaming(
                    ProbeService.custom,
                    ProbeService.message(1),
                    as: ProbeService.Message.self
                ) { responses in
                    for try await _ in responses { return }
                }
                await cancelled.wait()
            }
        }
    }

    /// A writer that is held up by a peer who does not read is set free by its task's cancellation.
    @Test func aWriterThatIsHeldUpCanBeCancelled() async throws {
        try await RawServer.with { connection, _ in
            connection.send(RawConnection.frame(4))
            await connection.skipPreface()
            while await connection.nextFrame() != nil {}
        } _: { address in
            try await withClient(address) { client in
                let heldUp = Tally()
                let call = Task {
                    try await client.clientStreaming(
                        ProbeService.custom,
                        ProbeService.Message.self,
                        as: ProbeService.Message.self
                    ) { requests in
                        while true {
                            // Until the window of 64 KiB is full, and as much waits.
                            heldUp.increment()
                            try await requests.write(ProbeService.message(10_000))
                        }
                    }
                }
                await heldUp.reaches(7)
                call.cancel()
                await #expect(throws: CancellationError.self) { _ = try await call.value }
            }
        }
    }
}
