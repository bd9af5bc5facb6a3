#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// An address of the Internet Protocol.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 bytes, or 16, in network order.
    package let bytes: [UInt8]

    /// Takes an address in network order: 4 bytes for version 4, 16 for version 6.
    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads an address in its standard text form; nil for any other text, such as `127.1` or a name.
    package init?(_ text: String) {
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
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The site it belongs to, as limits count it: the address itself for version 4; of version 6 the 64 bits that name a network, as a client
    /// has all below.
    package var site: String {
        bytes.count == 4 ? description : bytes[..<8].map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// An address of version 4 that is mapped into version 6 (RFC 4291, section 2.5.5.2) as itself; any other as it is.
    package var unmapped: IPAddress {
        let isMapped =
            bytes.count == 16 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10..<12].allSatisfy { $0 == 0xFF }
        return isMapped ? IPAddress(bytes: Array(bytes[12...])) : self
    }
}

/// An address, or a range of them such as `10.0.0.0/8`.
public struct IPNetwork: Hashable, Sendable {
    private let prefix: [UInt8]
    private let bits: Int

    /// Reads an address with or without the length of its prefix (RFC 4632, RFC 4291); nil when it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = IPAddress(String(parts[0]))?.unmapped else { return nil }
        let most = address.bytes.count * 8
        bits = parts.count == 2 ? Int(parts[1]) ?? -1 : most
        guard (0...most).contains(bits) else { return nil }
        prefix = address.bytes
    }

    /// The addresses of version 4 that begin with the first `bits` of a prefix, of which zeros at the end may be left out.
    package init(v4 prefix: [UInt8], bits: Int) {
        self.init(prefix, bits, length: 4)
    }

    /// The addresses of version 6 that begin with the first `bits` of a prefix, of which zeros at the end may be left out.
    package init(v6 prefix: [UInt8], bits: Int) {
        self.init(prefix, bits, length: 16)
    }

    private init(_ prefix: [UInt8], _ bits: Int, length: Int) {
        self.prefix = prefix + [UInt8](repeating: 0, count: length - prefix.count)
        self.bits = bits
    }

    /// Whether an address is in the range; never one of the other version.
    package func contains(_ address: IPAddress) -> Bool {
        let bytes = address.bytes
        guard bytes.count == prefix.count else { return false }
        return (0..<bits).allSatisfy { bit in (bytes[bit / 8] ^ prefix[bit / 8]) & (0x80 >> (bit % 8)) == 0 }
    }
}
