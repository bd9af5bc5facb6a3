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
