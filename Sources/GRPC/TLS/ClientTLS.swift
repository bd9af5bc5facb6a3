/// What a ``GRPCClient`` trusts, and who it is.
public struct ClientTLS: Sendable {
    /// The roots that server certificates must lead to; `nil` takes the system's.
    public var trustRoots: PEMSource?

    /// The client's own certificate and key, for servers that ask for one.
    public var identity: Identity?

    /// The name that server certificates must carry; `nil` takes the host of the address.
    public var serverName: String?

    /// How often files are looked at for changes; new connections use what they hold by then. `nil` for never.
    public var reloadInterval: Duration?

    /// A client's certificate.
    public struct Identity: Sendable {
        /// The certificate, followed by those that lead to its root.
        public var certificateChain: PEMSource
        /// The key of the certificate.
        public var privateKey: PEMSource

        /// A certificate and its key.
        public init(certificateChain: PEMSource, privateKey: PEMSource) {
            self.certificateChain = certificateChain
            self.privateKey = privateKey
        }
    }

    /// By default trusts the system's roots and shows no certificate.
    public init(
        trustRoots: PEMSource? = nil,
        identity: Identity? = nil,
        serverName: String? = nil,
        reloadInterval: Duration? = .seconds(30)
    ) {
        self.trustRoots = trustRoots
        self.identity = identity
        self.serverName = serverName
        self.reloadInterval = reloadInterval
    }
}
