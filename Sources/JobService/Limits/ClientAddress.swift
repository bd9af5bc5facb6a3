import Glibc

/// From where a request comes, as far as that can be trusted.
public enum ClientAddress {
    /// The address as text for limits: whole for IPv4; of IPv6 the 64 bits that name a network, as a client has all below.
    ///
    /// - Parameters:
    ///   - peer: The address at the other end of the connection.
    ///   - forwardedFor: What proxies say in `X-Forwarded-For`, each adding the address it was called from at the end.
    ///   - proxies: Whom to believe. What stands before the first address that is none of theirs anybody may have made up.
    public static func of(peer: String?, forwardedFor: [String], proxies: [IPNetwork]) -> String {
        guard let peer, let peerBytes = IPNetwork.bytes(of: peer) else { return "unknown" }
        var client = peerBytes
        for text in forwardedFor.flatMap({ $0.split(separator: ",") }).reversed() {
            guard proxies.contains(where: { $0.contains(client) }) else { break }
            let trimmed = String(text.drop { $0 == " " }.prefix { $0 != " " })
            guard let bytes = IPNetwork.bytes(of: trimmed) else { break }
            client = bytes
        }
        return client.count == 4
            ? client.map(String.init).joined(separator: ".")
            : client[..<8].map { String($0, radix: 16) }.joined(separator: ":")
    }
}

/// An IP address, or a range of them such as `10.0.0.0/8`.
public struct IPNetwork: Hashable, Sendable {
    private let prefix: [UInt8]
    private let bits: Int

    /// Reads an address with or without the length of its prefix (RFC 4632, RFC 4291); nil when it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let bytes = Self.bytes(of: String(parts[0])) else { return nil }
        bits = parts.count == 2 ? Int(parts[1]) ?? -1 : bytes.count * 8
        guard (0...bytes.count * 8).contains(bits) else { return nil }
        prefix = bytes
    }

    /// Whether an address, in network byte order, is in the range.
    public func contains(_ address: [UInt8]) -> Bool {
        guard address.count == prefix.count else { return false }
        return (0..<bits).allSatisfy { bit in
            (address[bit / 8] ^ prefix[bit / 8]) & (0x80 >> (bit % 8)) == 0
        }
    }

    /// The 4 or 16 bytes of an address; an IPv4 address in IPv6 clothes is one of IPv4. Nil when the text is no address.
    public static func bytes(of text: String) -> [UInt8]? {
        var four = [UInt8](repeating: 0, count: 4)
        if inet_pton(AF_INET, text, &four) == 1 { return four }
        var sixteen = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
        let isMapped = sixteen[..<10].allSatisfy { $0 == 0 } && sixteen[10..<12].allSatisfy { $0 == 0xFF }
        return isMapped ? Array(sixteen[12...]) : sixteen
    }
}
