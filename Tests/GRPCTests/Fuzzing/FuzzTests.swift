import Concurrency
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import GRPC

/// Random and mutated bytes, for a bounded time, against both ends.
///
/// `GRPC_FUZZ_SECONDS` sets the time, 2 seconds each by default; `GRPC_FUZZ_SEED` repeats a run, whose seed is printed.
@Suite(.timeLimit(.minutes(10))) struct FuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let time = Duration.seconds(environment["GRPC_FUZZ_SECONDS"].flatMap(Int.init) ?? 2)
    private static let tasks: UInt64 = 4
    /// Rounds that each task makes, however slow the machine is.
    private static let fewest: UInt64 = 5

    private static func seed(_ test: String) -> UInt64 {
        let seed = environment["GRPC_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)
        print("\(test): GRPC_FUZZ_SEED=\(seed)")
        return seed
    }

    /// Runs `body` again and again in a few tasks, each time with a seed of its own, until the time is up.
    private static func fuzz(
        _ seed: UInt64,
        _ body: @escaping @Sendable (FrameFuzzer) async throws -> Void
    ) async throws {
        let end = ContinuousClock.now + time
        try await withThrowingTaskGroup { group in
            for task in 0..<tasks {
                group.addTask {
                    var rounds: UInt64 = 0
                    while rounds < fewest || ContinuousClock.now < end {
                        try await body(FrameFuzzer(seed: seed &+ rounds &* tasks &+ task))
                        rounds += 1
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static let service = ProbeService { requests, responses, _ in
        for try await request in requests { try await responses.write(request) }
        throw GRPCError(code: .aborted, message: "enough")
    }

    @Test func aServerOutlivesWhateverClientsSend() async throws {
        let seed = Self.seed("server")
        let server = try GRPCServer(
            configuration: GRPCServerConfiguration(host: "127.0.0.1", port: 0),
            services: [Self.service],
            logger: .quiet("server")
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            let address = try await server.listeningAddress
            try await Self.fuzz(seed) { fuzzer in
                var fuzzer = fuzzer
                let connection = try await RawConnection(address, greets: false)
                connection.send(RawConnection.preface)
                for part in fuzzer.parts(of: fuzzer.requests()) { connection.send(part) }
                // If the server has understood so far it answers the ping; else it has closed, or waits for the rest of a frame.
                connection.send(RawConnection.frame(6, [1, 2, 3, 4, 5, 6, 7, 8]))
                connection.close(after: .milliseconds(20))
                while let frame = await connection.nextFrame() {
                    if frame.type == 6, frame.flags == 1 { break }
                }
                connection.close()
            }
            // Nothing is left behind, neither a connection nor a handler, and others are served.
            await server.shared.connections.live.waitUntilNone()
            await server.shared.running.waitUntilNone()
            #expect(server.shared.connections.live.value == 0 && server.shared.running.value == 0)
            try await withClient(address) { client in
                let message = ProbeService.message(10)
                let echoed = try await client.unary(ProbeService.echo, message, as: ProbeService.Message.self)
                #expect(echoed == message)
            }
        }
    }

    @Test func aClientOutlivesWhateverServersAnswer() async throws {
        let seed = Self.seed("client")
        let next = Atomic<UInt64>(0)
        try await RawServer.with { connection, _ in
            await RawServer.answer(connection) { stream in
                var fuzzer = FrameFuzzer(seed: seed &+ next.add(1, ordering: .relaxed).newValue)
                return fuzzer.response(stream: stream)
            }
        } _: { address in
            try await withClient(address) {
                $0.backoff = Backoff(first: .milliseconds(1), longest: .milliseconds(1))
            } _: { client in
                try await Self.fuzz(seed) { _ in
                    // Any outcome will do, as long as there is one.
                    _ = try? await client.bidirectional(
                        ProbeService.stream,
                        ProbeService.Message.self,
                        ProbeService.Message.self,
                        options: CallOptions(timeout: .milliseconds(50), waitForReady: true)
                    ) { requests, responses in
                        try await requests.write(ProbeService.message(10))
                        requests.finish()
                        for try await _ in responses {}
                    }
                }
            }
        }
    }
}
