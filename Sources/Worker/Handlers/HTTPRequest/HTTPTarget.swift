import Concurrency
import Foundation
import QueueFlowWorker

/// Where a request goes. Taken apart once and put together again, so that what is checked and what is called are the same.
struct HTTPTarget: Hashable {
    /// The most characters of a URL.
    static let maxLength = 8_192

    /// `http` or `https`.
    let scheme: String
    /// A name, or an address without brackets; in small letters.
    let host: String
    /// The port.
    let port: Int
    private let pathAndQuery: String

    /// Takes a URL apart.
    ///
    /// - Throws: ``JobFailure`` that forbids retrying.
    init(_ text: String) throws(JobFailure) {
        guard text.utf8.count <= Self.maxLength,
            let parts = URLComponents(string: text, encodingInvalidCharacters: false),
            let scheme = parts.scheme?.lowercased(), scheme == "http" || scheme == "https"
        else { throw .discard("url must be an http or https URL of at most \(Self.maxLength) characters") }
        guard parts.user == nil, parts.password == nil else {
            throw .discard("url must not hold a user or a password; use the header Authorization")
        }
        guard var host = parts.encodedHost?.lowercased(), !host.isEmpty else { throw .discard("url names no host") }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = String(host.dropFirst().dropLast()) }
        let isName =
            !isBracketed && host.utf8.count <= 253
            && host.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || ".-_".contains($0))
            }
        guard isName || isBracketed && IPAddress(host)?.bytes.count == 16 else {
            throw .discard("url names a host that is neither a name nor an address")
        }
        let port = parts.port ?? (scheme == "https" ? 443 : 80)
        guard (1...65_535).contains(port) else { throw .discard("url names a port that is not 1 to 65535") }
        (self.scheme, self.host, self.port) = (scheme, host, port)
        let path = parts.percentEncodedPath
        pathAndQuery = (path.isEmpty ? "/" : path) + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }

    /// Host and port, for people and for the circuit breaker.
    var authority: String {
        "\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// The URL that is called.
    var url: String {
        "\(scheme)://\(authority)\(pathAndQuery)"
    }
}
