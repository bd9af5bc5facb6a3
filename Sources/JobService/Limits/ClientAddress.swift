public import Concurrency

/// From where a request comes, as far as that can be trusted.
public enum ClientAddress {
    /// The address as text for limits: whole for IPv4; of IPv6 the 64 bits that name a network, as a client has all below.
    ///
    /// - Parameters:
    ///   - peer: The address at the other end of the connection.
    ///   - forwardedFor: What proxies say in `X-Forwarded-For`, each adding the address it was called from at the end.
    ///   - proxies: Whom to believe. What stands before the first address that is none of theirs anybody may have made up.
    public static func of(peer: String?, forwardedFor: [String], proxies: [IPNetwork]) -> String {
        guard let peer, let address = IPAddress(peer)?.unmapped else { return "unknown" }
        var client = address
        for text in forwardedFor.flatMap({ $0.split(separator: ",") }).reversed() {
            guard proxies.contains(where: { $0.contains(client) }) else { break }
            let trimmed = String(text.drop { $0 == " " }.prefix { $0 != " " })
            guard let address = IPAddress(trimmed)?.unmapped else { break }
            client = address
        }
        return client.site
    }
}
