import SwiftProtobuf
import Synchronization

/// The standard health service, `grpc.health.v1.Health`: tells which services take calls.
///
/// The server as a whole has the name "" and serves from the start; a service is unknown until its status is set.
public final class HealthService: GRPCService {
    private struct State {
        var statuses: [String: ServingStatus] = ["": .serving]
        var watchers: [UInt64: Watcher] = [:]
        var nextWatcher: UInt64 = 0
    }

    private struct Watcher {
        var service: String
        var updates: AsyncStream<ServingStatus?>.Continuation
    }

    private let state = Mutex(State())
    private let maxWatchers: Int

    /// A service that says the server takes calls.
    ///
    /// - Parameter maxWatchers: How many calls may watch at a time: anybody may make them, and they have no end.
    public init(maxWatchers: Int = 10_000) {
        self.maxWatchers = maxWatchers
    }

    /// Sets the status of a service, and tells those who watch it.
    /// - Parameters:
    ///   - status: whether it takes calls.
    ///   - service: the full name of the service; empty for the server as a whole.
    public func setStatus(_ status: ServingStatus, forService service: String) {
        let watchers = state.withLock { state in
            guard state.statuses.updateValue(status, forKey: service) != status else { return [Watcher]() }
            return state.watchers.values.filter { $0.service == service }
        }
        for watcher in watchers { watcher.updates.yield(status) }
    }

    /// The status of a service; `nil` if none was set.
    public func status(ofService service: String) -> ServingStatus? {
        state.withLock { $0.statuses[service] }
    }

    /// How many calls watch a status.
    var watcherCount: Int { state.withLock { $0.watchers.count } }

    /// Adds the service's methods to a router.
    public func register(in router: inout GRPCRouter) {
        router.unary(.healthCheck, Grpc_Health_V1_HealthCheckRequest.self, Grpc_Health_V1_HealthCheckResponse.self) {
            request,
            _ in
            guard let status = self.status(ofService: request.service) else {
                throw GRPCError(code: .notFound, message: "The service '\(request.service)' is not known here.")
            }
            return .with { $0.status = status.wire }
        }
        router.serverStreaming(
            .healthWatch,
            Grpc_Health_V1_HealthCheckRequest.self,
            Grpc_Health_V1_HealthCheckResponse.self
        ) {
            request,
            responses,
            context in
            try await self.watch(request.service, responses: responses, context: context)
        }
    }

    private func watch(
        _ service: String,
        responses: GRPCWriter<Grpc_Health_V1_HealthCheckResponse>,
        context: ServerContext
    ) async throws {
        // Only the newest status matters to a watcher that reads slowly.
        let (statuses, updates) = AsyncStream.makeStream(of: ServingStatus?.self, bufferingPolicy: .bufferingNewest(1))
        let id: UInt64? = state.withLock { state in
            guard state.watchers.count < maxWatchers else { return nil }
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = Watcher(service: service, updates: updates)
            updates.yield(state.statuses[service])
            return state.nextWatcher
        }
        guard let id else {
            throw GRPCError(code: .resourceExhausted, message: "Too many calls watch; check now and then instead.")
        }
        defer { state.withLock { _ = $0.watchers.removeValue(forKey: id) } }
        try await withThrowingTaskGroup { group in
            group.addTask {
                await context.shutdownBegun()
                updates.finish()
            }
            for await status in statuses {
                try await responses.write(.with { $0.status = status?.wire ?? .serviceUnknown })
            }
            group.cancelAll()
        }
        throw GRPCError(code: .unavailable, message: "The server is shutting down.")
    }
}

extension MethodDescriptor {
    static let healthCheck = MethodDescriptor(service: "grpc.health.v1.Health", method: "Check")
    static let healthWatch = MethodDescriptor(service: "grpc.health.v1.Health", method: "Watch")
}

/// Whether a service takes calls, as `grpc.health.v1.Health` tells it.
public enum ServingStatus: Hashable, Sendable {
    /// It does.
    case serving
    /// It exists, and does not take calls now.
    case notServing

    var wire: Grpc_Health_V1_HealthCheckResponse.ServingStatus {
        switch self {
        case .serving: .serving
        case .notServing: .notServing
        }
    }
}
