import GRPC
import NIOCore
import NIOPosix

/// A server that speaks HTTP/2 frame by frame, and may break every rule.
enum RawServer {
    private struct Accepted: Sendable {
        var channel: any Channel
        var incoming: AsyncStream<ByteBuffer>
    }

    /// Runs `body` with a server on a free port of 127.0.0.1, which is gone afterwards.
    /// - Parameters:
    ///   - serve: what happens to each connection, and its number, from 0; it is closed afterwards.
    ///   - body: gets the server's address.
    static func with<R: Sendable>(
        serve: @escaping @Sendable (RawConnection, Int) async throws -> Void,
        _ body: @escaping @Sendable (GRPCAddress) async throws -> R
    ) async throws -> R {
        let (connections, continuation) = AsyncStream.makeStream(of: Accepted.self)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (incoming, bytes) = AsyncStream.makeStream(of: ByteBuffer.self)
                    let forwarder = RawConnection.Forwarder(continuation: bytes)
                    try channel.pipeline.syncOperations.addHandler(forwarder)
                    continuation.yield(Accepted(channel: channel, incoming: incoming))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        defer { listener.close(promise: nil) }
        let address = GRPCAddress(host: "127.0.0.1", port: listener.localAddress?.port ?? 0)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await withThrowingTaskGroup(of: Void.self) { group in
                    var count = 0
                    for await accepted in connections {
                        group.addTask { [count] in
                            let connection = RawConnection(accepted: accepted.channel, incoming: accepted.incoming)
                            try await serve(connection, count)
                        }
                        count += 1
                    }
                    group.cancelAll()
                }
            }
            defer { group.cancelAll() }
            return try await body(address)
        }
    }

    /// Greets a client, and answers each of its requests with what `answer` returns for the request's stream.
    static func answer(_ connection: RawConnection, _ answer: (UInt32) -> [UInt8]) async {
        connection.send(RawConnection.frame(4))
        await connection.skipPreface()
        while let stream = await connection.nextRequest() { connection.send(answer(stream)) }
    }
}
