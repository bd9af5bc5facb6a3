/// The certificates of a ``GRPCServer``.
public struct ServerTLS: Sendable {
    /// The server's certificate, followed by those that lead to its root.
    public var certificateChain: PEMSource

    /// The key of the server's certificate.
    public var privateKey: PEMSource

    /// Whether clients must show a certificate.
    public var clientCertificates: ClientCertificates

    /// How often the files are looked at for changes; new connections get new certificates, present ones go on. `nil` for never.
    public var reloadInterval: Duration?

    /// What a server asks of its clients.
    public enum ClientCertificates: Sendable {
        /// Nothing.
        case none
        /// A certificate that leads to one of these roots, from those clients that have one.
        case optional(roots: PEMSource)
        /// A certificate that leads to one of these roots; others are turned away.
        case required(roots: PEMSource)
    }

    /// Certificates for a server, looked at again every 30 seconds by default.
    public init(
        certificateChain: PEMSource,
        privateKey: PEMSource,
        clientCertificates: ClientCertificates = .none,
        reloadInterval: Duration? = .seconds(30)
    ) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.clientCertificates = clientCertificates
        self.reloadInterval = reloadInterval
    }
}
