import Concurrency

extension IPAddress {
    /// Whether a stranger's request may go there: globally reachable by the IANA special-purpose address registries (RFC 6890),
    /// and no group of hosts. An address of version 4 that is embedded in one of version 6 counts as itself.
    var isPublic: Bool {
        if bytes.count == 4 { return !Self.special4.contains { $0.contains(self) } }
        if Self.embedding96.contains(where: { $0.contains(self) }) {
            return IPAddress(bytes: Array(bytes[12...])).isPublic
        }
        return Self.global6.contains(self) && !Self.special6.contains { $0.contains(self) }
    }

    private static let special4 = [
        IPNetwork(v4: [0], bits: 8), IPNetwork(v4: [10], bits: 8), IPNetwork(v4: [100, 64], bits: 10),
        IPNetwork(v4: [127], bits: 8), IPNetwork(v4: [169, 254], bits: 16),
        IPNetwork(v4: [172, 16], bits: 12), IPNetwork(v4: [192, 0, 0], bits: 24), IPNetwork(v4: [192, 0, 2], bits: 24),
        IPNetwork(v4: [192, 88, 99], bits: 24),
        IPNetwork(v4: [192, 168], bits: 16), IPNetwork(v4: [198, 18], bits: 15),
        IPNetwork(v4: [198, 51, 100], bits: 24), IPNetwork(v4: [203, 0, 113], bits: 24),
        IPNetwork(v4: [224], bits: 4), IPNetwork(v4: [240], bits: 4),
    ]

    /// Mapped (RFC 4291, section 2.5.5.2) and translated (RFC 6052) addresses of version 4.
    private static let embedding96 = [
        IPNetwork(v6: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], bits: 96),
        IPNetwork(v6: [0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0], bits: 96),
    ]

    /// All of version 6 that is handed out to the public so far.
    private static let global6 = IPNetwork(v6: [0x20], bits: 3)

    /// IETF protocols with Teredo, documentation, 6to4, and documentation again.
    private static let special6 = [
        IPNetwork(v6: [0x20, 0x01, 0x00], bits: 23), IPNetwork(v6: [0x20, 0x01, 0x0D, 0xB8], bits: 32),
        IPNetwork(v6: [0x20, 0x02], bits: 16),
        IPNetwork(v6: [0x3F, 0xFF, 0x00], bits: 20),
    ]
}
