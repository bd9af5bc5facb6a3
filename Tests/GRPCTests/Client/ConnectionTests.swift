import Concurrency
import GRPC
import Testing

/// How a client comes by its connections, and what calls see of it.
@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
    /// Waits that keep tests short.
    static let quickBackoff = Backoff(first: .milliseconds(5), longest: .milliseconds(50))

    private func echo(_ client: GRPCClient, _ options: CallOptions = CallOptions()) async throws {
        let message = ProbeService.message(3)
        let echoed = try await client.unary(ProbeService.echo, message, as: ProbeService.Message.self, options: options)
        #expect(echoed == message)
    }

    @Test func onlyCallsThatWaitForReadyOutliveAServerThatIsNotThere() async throws {
        let address = GRPCAddress(host: "127.0.0.1", port: try await freePort())
        try await withClient(address) {
            $0.backoff = Self.quickBackoff
        } _: { client in
            let error = await #expect(throws: GRPCError.self) { try await echo(client) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains(address.description) == true)
            let waiting = Task { try await echo(client, CallOptions(waitForReady: true)) }
            try await withServer([ProbeService()]) {
                $0.port = address.port
            } _: { (_: GRPCAddress) -> Void in
                _ = try await waiting.value
            }
        }
    }

    @Test func aCallThatWaitsForReadyStillHasItsDeadline() async throws {
        let address = GRPCAddress(host: "127.0.0.1", port: try await freePort())
        try await withClient(address) { client in
            let options = CallOptions(timeout: .milliseconds(50), waitForReady: true)
            let error = await #expect(throws: GRPCError.self) { try await echo(client, options) }
            #expect(error?.code == .deadlineExceeded)
        }
    }

    @Test func aCallThatWaitsForReadyCanBeCancelled() async throws {
        let address = GRPCAddress(host: "127.0.0.1", port: try await freePort())
        try await withClient(address) { client in
            let call = Task { try await echo(client, CallOptions(waitForReady: true)) }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
        }
    }

    @Test func aLostConnectionIsMadeAgain() async throws {
        try await RawServer.with { connection, number in
            guard number >= 3 else { return connection.close() }
            let message = try ProbeService.framed(3)
            await RawServer.answer(connection) { RawConnection.response(message, stream: $0) }
        } _: { address in
            try await withClient(address) {
                $0.backoff = Self.quickBackoff
            } _: { client in
                try await echo(client, CallOptions(waitForReady: true))
            }
        }
    }

    @Test func aServerThatNeverSpeaksCountsAsUnreachable() async throws {
        try await RawServer.with { connection, _ in
            while await connection.nextFrame() != nil {}
        } _: { address in
            try await withClient(address) {
                $0.connectTimeout = .milliseconds(50)
            } _: { client in
                let error = await #expect(throws: GRPCError.self) { try await echo(client) }
                #expect(error?.code == .unavailable)
            }
        }
    }

    @Test func aServerThatDoesNotAnswerPingsIsGivenUp() async throws {
        try await RawServer.with { connection, _ in
            connection.send(RawConnection.frame(4))
            await connection.skipPreface()
            while await connection.nextFrame() != nil {}
        } _: { address in
            try await withClient(address) {
                $0.keepalive = KeepaliveConfiguration(interval: .milliseconds(20), timeout: .milliseconds(50))
            } _: { client in
                let error = await #expect(throws: GRPCError.self) { try await echo(client) }
                #expect(error?.code == .unavailable)
            }
        }
    }

    /// Pings that are answered keep a call alive on which nothing moves.
    @Test func aQuietCallOutlivesManyPings() async throws {
        let pings = Tally()
        let message = try ProbeService.framed(3)
        try await RawServer.with { connection, _ in
            connection.send(RawConnection.frame(4))
            await connection.skipPreface()
            let stream = await connection.nextRequest() ?? 0
            while pings.value < 5, let frame = await connection.nextFrame() {
                guard frame.type == 6 else { continue }
                pings.increment()
                connection.send(RawConnection.frame(6, flags: 1, frame.payload))
            }
            connection.send(RawConnection.response(message, stream: stream))
            while await connection.nextFrame() != nil {}
        } _: { address in
            try await withClient(address) {
                $0.keepalive = KeepaliveConfiguration(interval: .milliseconds(10), timeout: .seconds(20))
            } _: { client in
                try await echo(client)
                #expect(pings.value == 5)
            }
        }
    }

    @Test(arguments: ["", "localhost", "localhost:0", ":50051", "::1:50051", "localhost:http"])
    func whatIsNoAddressIsRefused(text: String) {
        let error = #expect(throws: GRPCError.self) {
            try GRPCClient(configuration: GRPCClientConfiguration(addresses: [text]))
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("host:port") == true)
    }

    /// What does not arrive over HTTP/2 as gRPC is told apart by its HTTP status.
    @Test(arguments: [
        (400, GRPCStatus.Code.internal), (401, .unauthenticated), (403, .permissionDenied), (404, .unimplemented),
        (429, .unavailable), (502, .unavailable), (503, .unavailable), (504, .unavailable), (418, .unknown),
    ])
    func anHTTPStatusBecomesAStatus(http: Int, code: GRPCStatus.Code) async throws {
        try await RawServer.with { connection, _ in
            await RawServer.answer(connection) {
                let fields = [(":status", "\(http)"), ("content-type", "text/html")]
                return RawConnection.headers(RawConnection.block(fields), stream: $0, endsStream: true)
            }
        } _: { address in
            try await withClient(address) { client in
                let error = await #expect(throws: GRPCError.self) { try await echo(client) }
                #expect(error?.code == code)
            }
        }
    }
}
