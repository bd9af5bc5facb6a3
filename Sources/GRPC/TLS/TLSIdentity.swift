import NIOSSL

/// The identity in a verified TLS certificate of the peer.
public struct TLSIdentity: Hashable, Sendable {
    /// The common name of the certificate's subject; `nil` if it has none.
    public let commonName: String?

    /// The DNS names among the certificate's subject alternative names.
    public let dnsNames: [String]

    /// The URIs among the certificate's subject alternative names, for example SPIFFE identities.
    public let uris: [String]

    /// The certificate in DER form.
    public let certificate: [UInt8]

    init?(_ certificate: NIOSSLCertificate) {
        guard let bytes = try? certificate.toDERBytes() else { return nil }
        var dnsNames: [String] = []
        var uris: [String] = []
        for name in certificate._subjectAlternativeNames() {
            let text = name.contents.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
            switch name.nameType {
            case .dnsName: dnsNames.append(text)
            case .uri: uris.append(text)
            default: break
            }
        }
        self.commonName = DERReader.subjectCommonName(ofCertificate: bytes)
        self.dnsNames = dnsNames
        self.uris = uris
        self.certificate = bytes
    }
}
