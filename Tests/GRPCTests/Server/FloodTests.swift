import GRPC
import Testing

/// Floods end the connection they come on, and nothing else.
@Suite(.timeLimit(.minutes(1))) struct FloodTests {
    static let request = RawConnection.request(ProbeService.custom)

    /// Sends what `make` returns, again and again, and expects the server to end the connection.
    private func flood(
        with times: Int = 4000,
        begin: [UInt8] = [],
        _ make: @escaping @Sendable (Int) -> [UInt8]
    ) async throws {
        let service = ProbeService { _, _, context in await context.shutdownBegun() }
        try await withServer([service]) { address in
            let connection = try await RawConnection(address)
            connection.send(begin)
            for start in stride(from: 0, to: times, by: 100) {
                connection.send((start..<start + 100).flatMap(make))
            }
            // An enhance-your-calm, or no code at all if the server closed before it could be read.
            let code = await connection.closeCode()
            #expect(code == nil || code == 11, "the code is \(code ?? 0)")
            try await Self.expectService(at: address)
        }
    }

    /// Expects that the server answers others as if nothing were.
    private static func expectService(at address: GRPCAddress) async throws {
        try await withClient(address) { client in
            let message = ProbeService.message(10)
            let echoed = try await client.unary(ProbeService.echo, message, as: ProbeService.Message.self)
            #expect(echoed == message)
        }
    }

    @Test func rapidReset() async throws {
        try await flood { index in
            let stream = UInt32(2 * index + 1)
            return RawConnection.headers(Self.request, stream: stream)
                + RawConnection.frame(3, stream: stream, [0, 0, 0, 8])
        }
    }

    /// The server is made to reset the streams itself: by a window that overflows, by a field that HTTP/2 forbids, by a body longer than
    /// was announced.
    @Test(arguments: [
        Provocation(frames: { RawConnection.frame(8, stream: $0, [0x7F, 0xFF, 0xFF, 0xFF]) }),
        Provocation(field: ("connection", "close")),
        Provocation(field: ("content-length", "1"), frames: { RawConnection.data([1, 2], stream: $0) }),
    ])
    func provokedResets(provocation: Provocation) async throws {
        try await flood { index in
            let stream = UInt32(2 * index + 1)
            let request = RawConnection.request(ProbeService.custom, provocation.field.map { [$0] } ?? [])
            return RawConnection.headers(request, stream: stream) + provocation.frames(stream)
        }
    }

    /// Streams that are refused, as there are too many, and that is all that becomes of them.
    @Test func refusedStreams() async throws {
        try await flood { index in RawConnection.headers(Self.request, stream: UInt32(2 * index + 1)) }
    }

    /// What makes a server reset a stream.
    struct Provocation: Sendable {
        /// A field of the request.
        var field: (String, String)?
        /// What follows the request.
        var frames: @Sendable (UInt32) -> [UInt8] = { _ in [] }
    }

    @Test func pings() async throws {
        try await flood { _ in RawConnection.frame(6, [0, 0, 0, 0, 0, 0, 0, 0]) }
    }

    @Test func settings() async throws {
        try await flood { _ in RawConnection.frame(4) }
    }

    @Test func priorities() async throws {
        try await flood { _ in RawConnection.frame(2, stream: 1, [0, 0, 0, 0, 1]) }
    }

    @Test func unknownFrames() async throws {
        try await flood { _ in RawConnection.frame(0xAA, stream: 1, [1]) }
    }

    @Test func emptyData() async throws {
        try await flood(begin: RawConnection.headers(Self.request)) { _ in RawConnection.data([], endsStream: false) }
    }

    @Test func continuations() async throws {
        try await flood(begin: RawConnection.frame(1, stream: 1, Self.request)) { _ in
            RawConnection.frame(9, stream: 1, RawConnection.block([("a", "b")]))
        }
    }

    @Test func emptyContinuations() async throws {
        try await flood(begin: RawConnection.frame(1, stream: 1, Self.request)) { _ in RawConnection.frame(9, stream: 1)
        }
    }

    /// One large field in HPACK's table, and then thousands of references to it of one byte each.
    @Test func headerBomb() async throws {
        let field = RawConnection.block([("bomb", String(repeating: "x", count: 200))])
        let indexed: [UInt8] = [0x40] + field.dropFirst()
        let bomb = RawConnection.request(ProbeService.custom) + indexed + [UInt8](repeating: 0xBE, count: 16_000)
        try await flood(with: 100) { index in RawConnection.headers(bomb, stream: UInt32(2 * index + 1)) }
    }

    /// Pings whose answers are not read: the server must not pile the answers up.
    @Test func pingsWithoutReadingAnswers() async throws {
        try await withServer([ProbeService()]) {
            $0.keepalive.minimumPingInterval = .zero
            $0.keepalive.acceptsPingsWithoutCalls = true
        } _: { address in
            let connection = try await RawConnection(address)
            try await connection.setReads(false)
            let pings = (0..<100).flatMap { _ in RawConnection.frame(6, [0, 0, 0, 0, 0, 0, 0, 0]) }
            for _ in 0..<200 { connection.send(pings) }
            // Writing has found out that the server is gone, or reading does.
            try? await connection.setReads(true)
            _ = await connection.closeCode()
            try await Self.expectService(at: address)
        }
    }

    /// Handlers of streams that are long reset still run: a client cannot have more of them than streams twice over.
    @Test func handlersThatDoNotEndAreBounded() async throws {
        let tally = Tally()
        let service = ProbeService { _, _, context in
            tally.increment()
            await context.shutdownBegun()
            // Deaf to cancellation, as some code is.
            await Task { await context.shutdownBegun() }.value
        }
        try await withServer([service]) {
            $0.maxConcurrentStreams = 10
        } _: { address in
            let connection = try await RawConnection(address)
            for index in 0..<200 {
                let stream = UInt32(2 * index + 1)
                connection.send(
                    RawConnection.headers(Self.request, stream: stream)
                        + RawConnection.frame(3, stream: stream, [0, 0, 0, 8])
                )
            }
            connection.send(RawConnection.headers(Self.request, stream: 401))
            #expect(try await connection.answer(stream: 401).resetCode == 7)
            #expect(tally.value <= 20)
        }
    }
}
