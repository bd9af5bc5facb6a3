public import Logging

/// Writes a line about each call, on a server or a client.
///
/// Calls that end well are logged at the level given, failures of the service itself (`UNKNOWN`, `INTERNAL`, `DATA_LOSS`) as errors with their
/// cause, which callers are not told. Metadata and messages are never logged.
public struct LoggingInterceptor: ServerInterceptor, ClientInterceptor {
    private let logger: Logger
    private let level: Logger.Level

    /// An interceptor that writes to `logger`.
    /// - Parameters:
    ///   - logger: where to write.
    ///   - level: the level of all calls but those that show a defect.
    public init(logger: Logger, level: Logger.Level = .debug) {
        self.logger = logger
        self.level = level
    }

    /// Logs how a call ended.
    public func intercept(context: ServerContext, next: @Sendable () async throws -> Void) async throws {
        try await log("gRPC call handled", context.descriptor, peer: context.peer.address, next)
    }

    /// Logs how a call ended.
    public func intercept<Result: Sendable>(
        request: ClientRequest,
        next: @Sendable (ClientRequest) async throws -> Result
    ) async throws -> Result {
        try await log("gRPC call made", request.descriptor, peer: nil) { try await next(request) }
    }

    private func log<R>(
        _ message: Logger.Message,
        _ descriptor: MethodDescriptor,
        peer: String?,
        _ body: () async throws -> R
    ) async throws -> R {
        let begin = ContinuousClock.now
        var metadata: Logger.Metadata = ["method": "\(descriptor.fullyQualified)"]
        if let peer { metadata["peer"] = "\(peer)" }
        do {
            let result = try await body()
            metadata["status"] = "OK"
            metadata["duration_ms"] = .stringConvertible(Self.milliseconds(since: begin))
            logger.log(level: level, message, metadata: metadata)
            return result
        } catch {
            let reported = GRPCError.reported(for: error)
            metadata["status"] = "\(reported.code)"
            metadata["duration_ms"] = .stringConvertible(Self.milliseconds(since: begin))
            metadata["error"] = "\(error)"
            let showsDefect = [.unknown, .internal, .dataLoss].contains(reported.code)
            logger.log(level: showsDefect ? .error : level, message, metadata: metadata)
            throw error
        }
    }

    /// Whole microseconds, as milliseconds.
    private static func milliseconds(since begin: ContinuousClock.Instant) -> Double {
        ((ContinuousClock.now - begin) / .microseconds(1)).rounded() / 1000
    }
}
