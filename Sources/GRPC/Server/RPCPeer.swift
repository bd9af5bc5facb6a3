/// Who is at the other end of a connection.
public struct RPCPeer: Sendable {
    /// The peer's address, for example `127.0.0.1:50412`.
    public let address: String

    /// Who the peer proved to be by its TLS certificate; `nil` without TLS or without a client certificate.
    public let identity: TLSIdentity?
}
