/// How the messages of a call are compressed, each by itself.
public struct CompressionAlgorithm: Hashable, Sendable, CustomStringConvertible {
    /// The name that travels as `grpc-encoding`.
    public let name: String

    private init(name: String) { self.name = name }

    /// No compression.
    public static let identity = CompressionAlgorithm(name: "identity")

    /// RFC 1952, with zlib's default level.
    public static let gzip = CompressionAlgorithm(name: "gzip")

    /// What this library reads, in the form of a `grpc-accept-encoding` header.
    static let acceptedNames: StaticString = "identity,gzip"

    /// The algorithm of a received `grpc-encoding`; `nil` if this library does not have it.
    init?(received name: String) {
        switch name {
        case "identity": self = .identity
        case "gzip": self = .gzip
        default: return nil
        }
    }

    /// The text for people and logs.
    public var description: String { name }
}
