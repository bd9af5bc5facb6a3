/// Names one gRPC method: the full service name and the method's own name.
///
/// The request path on the wire is `/` service `/` method, case-sensitive.
public struct MethodDescriptor: Hashable, Sendable, CustomStringConvertible {
    /// The full name of the service with its package, for example `grpc.health.v1.Health`.
    public let service: String

    /// The method's name, for example `Check`.
    public let method: String

    /// The `:path` of a request for this method, `/grpc.health.v1.Health/Check`.
    public let path: String

    /// Names the method `method` of `service`.
    public init(service: String, method: String) {
        self.service = service
        self.method = method
        self.path = "/\(service)/\(method)"
    }

    /// Splits a request path; `nil` if it is not of the form `/service/method`.
    init?(path: String) {
        guard path.first == "/", let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return nil }
        let service = path[path.index(after: path.startIndex)..<slash]
        let method = path[path.index(after: slash)...]
        guard !service.isEmpty, !method.isEmpty else { return nil }
        self.service = String(service)
        self.method = String(method)
        self.path = path
    }

    /// The name as gRPC's tools print it, `grpc.health.v1.Health/Check`.
    public var fullyQualified: String { "\(service)/\(method)" }

    /// The text for people and logs.
    public var description: String { fullyQualified }

    /// Two names are equal when their paths are.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.path == rhs.path }

    /// Hashes the path.
    public func hash(into hasher: inout Hasher) { hasher.combine(path) }
}
