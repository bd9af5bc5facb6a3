import GRPC
import Testing

/// Deadlines are kept on both sides, whatever the other side does.
@Suite(.timeLimit(.minutes(1))) struct DeadlineTests {
    /// A service whose handler tells when it is cancelled, and ends only then.
    private static func endless(_ cancelled: Signal) -> ProbeService {
        ProbeService { _, _, context in
            await context.shutdownBegun()
            if Task.isCancelled { cancelled.send() }
            throw CancellationError()
        }
    }

    @Test func theServerEndsACallInTime() async throws {
        let cancelled = Signal()
        try await withServer([Self.endless(cancelled)]) { address in
            let connection = try await RawConnection(address)
            let request = RawConnection.request(ProbeService.custom, [("grpc-timeout", "20m")])
            connection.send(RawConnection.headers(request))
            #expect(try await connection.answer()["grpc-status"] == "4")
            await cancelled.wait()
        }
    }

    /// A client that reads nothing cannot be told by a status behind its unread messages; it is told by a reset.
    @Test func theServerEndsACallThatIsNotReadInTime() async throws {
        let service = ProbeService { _, responses, _ in
            while true { try await responses.write(ProbeService.message(10_000)) }
        }
        try await withServer([service]) { address in
            let connection = try await RawConnection(address)
            let request = RawConnection.request(ProbeService.custom, [("grpc-timeout", "100m")])
            connection.send(RawConnection.headers(request))
            let answer = try await connection.answer()
            // On a slow machine the deadline comes before the window of 65 535 bytes is full, and the status still fits.
            #expect(answer.data.count == 65_535 ? answer.resetCode == 8 : answer["grpc-status"] == "4")
        }
    }

    @Test func theClientEndsACallInTime() async throws {
        // The server does not learn of the deadline's end before the client has seen it.
        try await RawServer.with { connection, _ in
            connection.send(RawConnection.frame(4))
            await connection.skipPreface()
            let stream = await connection.nextRequest()
            while let frame = await connection.nextFrame() {
                guard frame.type == 3 else { continue }
                #expect(frame.stream == stream && frame.payload == [0, 0, 0, 8])
            }
        } _: { address in
            try await withClient(address) { client in
                let begin = ContinuousClock.now
                let error = await #expect(throws: GRPCError.self) {
                    try await client.unary(
                        ProbeService.echo,
                        ProbeService.message(1),
                        as: ProbeService.Message.self,
                        options: CallOptions(timeout: .milliseconds(50))
                    )
                }
                #expect(error?.code == .deadlineExceeded)
                #expect(ContinuousClock.now - begin >= .milliseconds(50))
            }
        }
    }

    @Test func theHandlerKnowsTheTimeThatIsLeft() async throws {
        let service = ProbeService { _, responses, context in
            let left = try #require(context.timeRemaining)
            #expect(left > .seconds(3500) && left <= .seconds(3600))
            try await responses.write(ProbeService.message(1))
        }
        try await withServer([service]) { address in
            try await withClient(address) { client in
                let options = CallOptions(timeout: .seconds(7200), deadline: .now + .seconds(3600))
                try await client.serverStreaming(
                    ProbeService.custom,
                    ProbeService.message(1),
                    as: ProbeService.Message.self,
                    options: options
                ) { for try await _ in $0 {} }
            }
        }
    }

    @Test func aDeadlineThatHasPassedMakesNoCall() async throws {
        try await withServer([ProbeService()]) { address in
            try await withClient(address) { client in
                let error = await #expect(throws: GRPCError.self) {
                    try await client.unary(
                        ProbeService.echo,
                        ProbeService.message(1),
                        as: ProbeService.Message.self,
                        options: CallOptions(deadline: .now - .seconds(1), waitForReady: true)
                    )
                }
                #expect(error?.code == .deadlineExceeded)
            }
        }
    }
}
