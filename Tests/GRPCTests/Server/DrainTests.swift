import GRPC
import ServiceLifecycle
import Synchronization
import Testing

/// Connections that end in order, on either side, lose no call.
@Suite(.timeLimit(.minutes(1))) struct DrainTests {
    private static func echo(_ client: GRPCClient) async throws {
        _ = try await client.unary(ProbeService.echo, ProbeService.message(100), as: ProbeService.Message.self)
    }

    /// Calls from eight tasks until `stop` is set; none may fail, though none is marked idempotent.
    private static func load(_ client: GRPCClient, calls: Tally, until stop: Flag) async throws {
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    while !stop.isSet {
                        try await echo(client)
                        calls.increment()
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func aServerThatShutsDownLosesNoCall() async throws {
        try await withServer([ProbeService()]) { staying in
            try await withServer([ProbeService()]) { leaving, shutDown in
                try await withClient(staying, leaving) { client in
                    let stop = Flag()
                    let calls = Tally()
                    async let load: Void = Self.load(client, calls: calls, until: stop)
                    await calls.reaches(200)
                    await shutDown()
                    await calls.reaches(calls.value + 200)
                    stop.set()
                    try await load
                }
            }
        }
    }

    /// Streams that are open when the server begins to shut down go on, and their handlers learn of it.
    @Test func openStreamsGoOnDuringAShutdown() async throws {
        let begun = Signal()
        let service = ProbeService { requests, responses, context in
            begun.send()
            await context.shutdownBegun()
            for try await request in requests { try await responses.write(request) }
        }
        try await withServer([service]) { address, shutDown in
            try await withClient(address) { client in
                try await client.bidirectional(
                    ProbeService.custom,
                    ProbeService.Message.self,
                    ProbeService.Message.self
                ) { requests, responses in
                    try await requests.write(ProbeService.message(1))
                    await begun.wait()
                    async let shutdown: Void = shutDown()
                    var iterator = responses.makeAsyncIterator()
                    for size in 2..<10 {
                        #expect(try await iterator.next() == ProbeService.message(size - 1))
                        try await requests.write(ProbeService.message(size))
                    }
                    requests.finish()
                    #expect(try await iterator.next() == ProbeService.message(9))
                    #expect(try await iterator.next() == nil)
                    await shutdown
                }
            }
        }
    }

    @Test func callsThatDoNotEndAreEndedAfterTheDrainTimeout() async throws {
        let (begun, ended) = (Signal(), Signal())
        let service = ProbeService { requests, _, _ in
            begun.send()
            defer { ended.send() }
            for try await _ in requests {}
        }
        try await withServer([service]) {
            $0.drainTimeout = .milliseconds(50)
        } _: { address, shutDown in
            try await withClient(address) { client in
                let error = await #expect(throws: GRPCError.self) {
                    try await client.bidirectional(
                        ProbeService.custom,
                        ProbeService.Message.self,
                        ProbeService.Message.self
                    ) { requests, responses in
                        try await requests.write(ProbeService.message(1))
                        await begun.wait()
                        async let shutdown: Void = shutDown()
                        for try await _ in responses {}
                        await shutdown
                    }
                }
                #expect(error?.code == .unavailable)
                await ended.wait()
            }
        }
    }

    @Test func connectionsOfAgeAreReplacedWithoutALostCall() async throws {
        let peers = Mutex<Set<String>>([])
        struct Peers: ServerInterceptor {
            let note: @Sendable (String) -> Void
            func intercept(context: ServerContext, next: @Sendable () async throws -> Void) async throws {
                note(context.peer.address)
                try await next()
            }
        }
        let enough = Signal()
        let interceptor = Peers { peer in
            let isEnough = peers.withLock { peers in
                peers.insert(peer).inserted && peers.count == 4
            }
            if isEnough { enough.send() }
        }
        try await withServer([ProbeService()], interceptors: [interceptor]) {
            $0.connectionAge = .init(maximum: .milliseconds(30), grace: .seconds(20))
        } _: { address in
            try await withClient(address) {
                $0.backoff = ConnectionTests.quickBackoff
            } _: { client in
                let stop = Flag()
                async let load: Void = Self.load(client, calls: Tally(), until: stop)
                await enough.wait()
                stop.set()
                try await load
            }
        }
    }

    @Test func theGraceOfAnOldConnectionEndsItsLastCalls() async throws {
        let service = ProbeService { requests, _, _ in for try await _ in requests {} }
        try await withServer([service]) {
            $0.connectionAge = .init(maximum: .milliseconds(10), grace: .milliseconds(30))
        } _: { address in
            let connection = try await RawConnection(address)
            connection.send(RawConnection.headers(RawConnection.request(ProbeService.custom)))
            // Pings are answered, as draining relies on it; nothing else comes until the connection is closed.
            #expect(await connection.nextRequest() == nil)
        }
    }

    /// A server goes away and names the last stream it handles: that one is answered, the later one is made again elsewhere.
    @Test func callsThatAServerHasNotHandledAreMadeAgain() async throws {
        let message = try ProbeService.framed(100)
        try await RawServer.with { connection, number in
            guard number == 0 else {
                return await RawServer.answer(connection) { RawConnection.response(message, stream: $0) }
            }
            connection.send(RawConnection.frame(4))
            await connection.skipPreface()
            guard let first = await connection.nextRequest(), await connection.nextRequest() != nil else { return }
            connection.send(RawConnection.frame(7, [0, 0, 0, UInt8(first), 0, 0, 0, 0]))
            connection.send(RawConnection.response(message, stream: first))
            while await connection.nextFrame() != nil {}
        } _: { address in
            try await withClient(address) { client in
                async let first: Void = Self.echo(client)
                async let second: Void = Self.echo(client)
                _ = try await (first, second)
            }
        }
    }

    @Test func aStreamThatAServerRefusesIsMadeAgain() async throws {
        let message = try ProbeService.framed(100)
        let refusals = Tally()
        try await RawServer.with { connection, _ in
            await RawServer.answer(connection) { stream in
                guard refusals.value < 2 else { return RawConnection.response(message, stream: stream) }
                refusals.increment()
                return RawConnection.frame(3, stream: stream, [0, 0, 0, 7])
            }
        } _: { address in
            try await withClient(address) { client in try await Self.echo(client) }
        }
    }

    @Test func aClientThatShutsDownFinishesItsCalls() async throws {
        let begun = Signal()
        let go = Signal()
        let service = ProbeService { _, responses, _ in
            begun.send()
            await go.wait()
            try await responses.write(ProbeService.message(5))
        }
        try await withServer([service]) { address in
            let client = try GRPCClient(
                configuration: GRPCClientConfiguration(addresses: [address.description]),
                logger: .quiet("client")
            )
            let group = ServiceGroup(services: [client], logger: .quiet("group"))
            async let running: Void = group.run()
            async let answer = client.serverStreaming(
                ProbeService.custom,
                ProbeService.message(1),
                as: ProbeService.Message.self
            ) { responses in try await responses.reduce(into: []) { $0.append($1) } }
            await begun.wait()
            await group.triggerGracefulShutdown()
            // Calls are refused as soon as the shutdown has reached the client.
            while (try? await Self.echo(client)) != nil {}
            let error = await #expect(throws: GRPCError.self) { try await Self.echo(client) }
            #expect(error?.code == .unavailable)
            go.send()
            #expect(try await answer == [ProbeService.message(5)])
            try await running
        }
    }
}
