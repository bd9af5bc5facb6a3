import Foundation

/// A host and a TCP port.
struct Endpoint: Codable, Sendable, Hashable, CustomStringConvertible {
    let host: String
    let port: Int

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// The endpoint that a URL names; nil when it names none, as for a Unix socket.
    init?(url: String, standardPort: Int) {
        guard let components = URLComponents(string: url), let host = components.host, !host.isEmpty else { return nil }
        self.init(host: host.trimmingCharacters(in: ["[", "]"]), port: components.port ?? standardPort)
    }

    /// The endpoints of a list such as `KAFKA_BROKERS`: `host:port,host:port`.
    static func list(_ text: String, standardPort: Int) -> [Endpoint] {
        text.split(separator: ",").compactMap {
            Endpoint(url: "tcp://" + $0.trimmingCharacters(in: .whitespaces), standardPort: standardPort)
        }
    }
}
