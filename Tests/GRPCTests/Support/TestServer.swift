import GRPC
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Runs `body` with a server on a free port of 127.0.0.1, which is gone afterwards.
func withServer<R: Sendable>(
    _ services: [any GRPCService],
    interceptors: [any ServerInterceptor] = [],
    configure: (inout GRPCServerConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (GRPCAddress) async throws -> R
) async throws -> R {
    var configuration = GRPCServerConfiguration(host: "127.0.0.1", port: 0)
    configuration.drainTimeout = .seconds(5)
    configure(&configuration)
    let server = try GRPCServer(
        configuration: configuration,
        services: services,
        interceptors: interceptors,
        logger: .quiet("server")
    )
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        defer { group.cancelAll() }
        return try await body(try await server.listeningAddress)
    }
}

/// Runs `body` with a server that it can shut down in order; what it gets for that returns when the server is gone.
func withServer<R: Sendable>(
    _ services: [any GRPCService],
    configure: (inout GRPCServerConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (GRPCAddress, _ shutDown: @escaping @Sendable () async -> Void) async throws -> R
) async throws -> R {
    var configuration = GRPCServerConfiguration(host: "127.0.0.1", port: 0)
    configuration.drainTimeout = .seconds(20)
    configure(&configuration)
    let server = try GRPCServer(configuration: configuration, services: services, logger: .quiet("server"))
    let group = ServiceGroup(services: [server], logger: .quiet("group"))
    let running = Task { try await group.run() }
    defer { running.cancel() }
    let address = try await server.listeningAddress
    return try await body(address) {
        await group.triggerGracefulShutdown()
        _ = await running.result
    }
}

/// A port of 127.0.0.1 that nobody listens on just now.
func freePort() async throws -> Int {
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .bind(host: "127.0.0.1", port: 0).get()
    let port = listener.localAddress?.port ?? 0
    try await listener.close()
    return port
}

/// Runs `body` with a client of `addresses`, which is gone afterwards.
func withClient<R: Sendable>(
    _ addresses: GRPCAddress...,
    interceptors: [any ClientInterceptor] = [],
    configure: (inout GRPCClientConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (GRPCClient) async throws -> R
) async throws -> R {
    var configuration = GRPCClientConfiguration(addresses: addresses.map(\.description))
    configure(&configuration)
    let client = try GRPCClient(configuration: configuration, interceptors: interceptors, logger: .quiet("client"))
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.run() }
        defer { group.cancelAll() }
        return try await body(client)
    }
}

extension Logger {
    /// A logger that speaks up about errors only.
    static func quiet(_ label: String) -> Logger {
        var logger = Logger(label: label)
        logger.logLevel = .error
        return logger
    }
}
