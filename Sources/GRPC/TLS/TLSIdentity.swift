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

/// Reads DER (ITU-T X.690) just far enough to find the subject of a certificate.
struct DERReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    private static let sequence: UInt8 = 0x30
    private static let set: UInt8 = 0x31
    private static let objectIdentifier: UInt8 = 0x06
    private static let explicitVersion: UInt8 = 0xA0

    /// `2.5.4.3`, the attribute type of a common name.
    private static let commonName: [UInt8] = [0x55, 0x04, 0x03]

    /// The last common name in the subject of an X.509 certificate (RFC 5280, section 4.1); `nil` if it has none.
    static func subjectCommonName(ofCertificate bytes: [UInt8]) -> String? {
        var outer = DERReader(bytes[...])
        guard var certificate = outer.next(sequence), var fields = certificate.next(sequence) else { return nil }
        _ = fields.next(explicitVersion)
        // Serial number, signature algorithm, issuer, validity; then the subject.
        for _ in 0..<4 { fields.skip() }
        guard var subject = fields.next(sequence) else { return nil }
        var name: String?
        while var attributes = subject.next(set) {
            while var attribute = attributes.next(sequence) {
                guard let type = attribute.next(objectIdentifier), type.rest.elementsEqual(commonName) else { continue }
                name = attribute.nextElement().map { String(decoding: $0.content, as: UTF8.self) }
            }
        }
        return name
    }

    /// The content of the next element, if that has this tag; else nothing is consumed.
    private mutating func next(_ tag: UInt8) -> DERReader? {
        var copy = self
        guard let element = copy.nextElement(), element.tag == tag else { return nil }
        self = copy
        return DERReader(element.content)
    }

    private mutating func skip() { _ = nextElement() }

    private mutating func nextElement() -> (tag: UInt8, content: ArraySlice<UInt8>)? {
        guard let tag = rest.popFirst(), let first = rest.popFirst() else { return nil }
        var length = Int(first)
        if first & 0x80 != 0 {
            let count = Int(first & 0x7F)
            guard (1...4).contains(count), rest.count >= count else { return nil }
            length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(count)
        }
        guard rest.count >= length else { return nil }
        defer { rest = rest.dropFirst(length) }
        return (tag, rest.prefix(length))
    }
}
