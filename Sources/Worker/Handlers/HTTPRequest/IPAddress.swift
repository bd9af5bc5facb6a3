import Foundation

/// An address of the Internet Protocol, and whether it belongs to the public Internet.
struct IPAddress: Hashable, CustomStringConvertible {
    /// 4 bytes, or 16.
    let bytes: [UInt8]

    /// Takes an address in network order: 4 bytes for version 4, 16 for version 6.
    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads an address in its standard text form; nil for any other text, such as `127.1` or a name.
    init?(_ text: String) {
        var buffer = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &buffer) == 1 {
            bytes = Array(buffer[..<4])
        } else if inet_pton(AF_INET6, text, &buffer) == 1 {
            bytes = buffer
        } else {
            return nil
        }
    }

    /// The standard text form.
    var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether a stranger's request may go there: globally reachable by the IANA special-purpose address registries (RFC 6890),
    /// and no group of hosts. An address of version 4 that is embedded in one of version 6 counts as itself.
    var isPublic: Bool {
        if bytes.count == 4 { return !Self.special4.contains { $0.contains(bytes) } }
        if Self.embedding96.contains(where: { $0.contains(bytes) }) {
            return IPAddress(bytes: Array(bytes[12...])).isPublic
        }
        return Self.global6.contains(bytes) && !Self.special6.contains { $0.contains(bytes) }
    }

    /// The addresses that begin with the same bits.
    private struct Network {
        var prefix: [UInt8]
        var bits: Int

        init(_ prefix: [UInt8], _ bits: Int) {
            (self.prefix, self.bits) = (prefix, bits)
        }

        func contains(_ address: [UInt8]) -> Bool {
            for (index, byte) in prefix.enumerated() {
                let mask = UInt8(truncatingIfNeeded: 0xFF00 >> min(8, max(0, bits - 8 * index)))
                if byte & mask != address[index] & mask { return false }
            }
            return true
        }
    }

    private static let special4 = [
        Network([0], 8), Network([10], 8), Network([100, 64], 10), Network([127], 8), Network([169, 254], 16),
        Network([172, 16], 12), Network([192, 0, 0], 24), Network([192, 0, 2], 24), Network([192, 88, 99], 24),
        Network([192, 168], 16), Network([198, 18], 15), Network([198, 51, 100], 24), Network([203, 0, 113], 24),
        Network([224], 4), Network([240], 4),
    ]

    /// Mapped (RFC 4291, section 2.5.5.2) and translated (RFC 6052) addresses of version 4.
    private static let embedding96 = [
        Network([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], 96),
        Network([0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0], 96),
    ]

    /// All of version 6 that is handed out to the public so far.
    private static let global6 = Network([0x20], 3)

    /// IETF protocols with Teredo, documentation, 6to4, and documentation again.
    private static let special6 = [
        Network([0x20, 0x01, 0x00], 23), Network([0x20, 0x01, 0x0D, 0xB8], 32), Network([0x20, 0x02], 16),
        Network([0x3F, 0xFF, 0x00], 20),
    ]
}
