import Crypto
import Foundation

/// Access tokens as job-service issues them, made with the secret that the suite has given it.
enum Tokens {
    private struct Claims: Encodable {
        var sub: String
        var role = "USER"
        var tenant: String
        var iss = "queueflow"
        var aud = "queueflow-api"
        var iat: Int
        var nbf: Int
        var exp: Int
    }

    /// A token for an hour and more: an HS256 JWT (RFC 7515, RFC 7518).
    static func issue(tenant: String, secret: String) throws -> String {
        let now = Int(Date().timeIntervalSince1970)
        let claims = Claims(sub: "chaos", tenant: tenant, iat: now, nbf: now, exp: now + 24 * 3600)
        let head = encode(Data(#"{"alg":"HS256","typ":"JWT"}"#.utf8))
        let body = encode(try JSONEncoder().encode(claims))
        let key = SymmetricKey(data: Data(secret.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Data("\(head).\(body)".utf8), using: key)
        return "\(head).\(body).\(encode(Data(code)))"
    }

    private static func encode(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
