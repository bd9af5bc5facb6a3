public import GRPC
import JobCore

/// What every gRPC server of QueueFlow carries besides its own services: health and reflection.
///
/// They let generic tools find out whether the server takes calls, list its services and call them.
public enum StandardServices {
    /// The health and reflection services of a server.
    /// - Parameter services: the full names of the server's own services, which must be described in this module's `Protos`; they count
    ///   as serving while the server runs.
    /// - Throws: ``GRPCError`` with `invalidArgument` if one of them is not described there.
    public static func beside(_ services: [String] = []) throws -> [any GRPCService] {
        let health = HealthService()
        for service in services { health.setStatus(.serving, forService: service) }
        return [health, try ReflectionService(services: services, base64: [JobCoreDescriptors.base64])]
    }
}
