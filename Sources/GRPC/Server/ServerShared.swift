import Logging

/// What all connections of a server share.
struct ServerShared: Sendable {
    let configuration: GRPCServerConfiguration
    let router: GRPCRouter
    let interceptors: [any ServerInterceptor]
    let logger: Logger
    /// Opens when the server begins to shut down.
    let shutdown = Latch()
    let connections = ServerConnections()
    let running = LiveCount()
}
