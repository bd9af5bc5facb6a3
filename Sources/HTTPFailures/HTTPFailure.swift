import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix

/// What kept a request over HTTP from being answered, in words for a person.
///
/// The packages below print what they hold: types, addresses twice, and OpenSSL's error queue.
package struct HTTPFailure: Error, CustomStringConvertible {
    /// What it is, such as `connection refused`.
    package let description: String

    /// What an error of AsyncHTTPClient, SwiftNIO or NIOSSL is. Any other speaks for itself.
    package init(_ error: any Error) {
        description =
            switch error {
            case let error as HTTPClientError: Self.beginningSmall(error.shortDescription)
            case let error as NIOConnectionError: Self.text(of: error)
            case let error as IOError: Self.text(of: error)
            case ChannelError.connectTimeout: "no connection could be made in time"
            default: Self.textOfTLS(error) ?? "\(error)"
            }
    }

    private static func text(of error: NIOConnectionError) -> String {
        // What is tried last says no less than what was tried before.
        guard let failure = error.connectionErrors.last else { return "the name '\(error.host)' cannot be resolved" }
        return HTTPFailure(failure.error).description
    }

    private static func text(of error: IOError) -> String {
        beginningSmall(String(cString: strerror(error.errnoCode)))
    }

    /// NIOSSL is known by name alone, as nothing here depends on it.
    private static func textOfTLS(_ error: any Error) -> String? {
        guard String(reflecting: type(of: error)).hasPrefix("NIOSSL.") else { return nil }
        guard let match = "\(error)".firstMatch(of: #/OPENSSL_internal:([A-Za-z0-9_]+)/#) else {
            return "the TLS handshake failed"
        }
        return "the TLS handshake failed: \(match.output.1.replacing("_", with: " ").lowercased())"
    }

    private static func beginningSmall(_ text: String) -> String {
        text.prefix(1).lowercased() + text.dropFirst()
    }
}
