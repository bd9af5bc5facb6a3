import Synchronization

/// How the requests to one address look.
struct ClientTarget: Sendable {
    let address: GRPCAddress
    let authority: String
    let userAgent: String
    let usesTLS: Bool
    let pings: PingPace

    /// Writes a request's head.
    func write(_ call: ClientCall, timeRemaining: Duration?, to fields: inout HeaderFields) {
        fields.removeAll()
        fields.add(":method", "POST")
        fields.add(":scheme", usesTLS ? "https" : "http")
        fields.add(":path", call.descriptor.path)
        fields.add(":authority", authority)
        fields.add("content-type", "application/grpc")
        fields.add("te", "trailers")
        fields.add("user-agent", userAgent)
        if let timeRemaining { fields.add("grpc-timeout", GRPCTimeout.encode(timeRemaining)) }
        if call.options.compression == .gzip { fields.add("grpc-encoding", "gzip") }
        fields.add("grpc-accept-encoding", CompressionAlgorithm.acceptedNames)
        fields.add(call.options.metadata)
    }
}

/// How often the connections to one address may send pings; the server may ask for fewer.
final class PingPace: Sendable {
    private let factor = Mutex(1)

    /// What to multiply the interval by.
    var slowness: Int { factor.withLock { $0 } }

    /// Half as often from now on; for later connections.
    func slowDown() { factor.withLock { $0 = min($0 * 2, 1 << 16) } }
}
