import Crypto
import Foundation
import HTTPTypes
import Testing

@testable import JobService
@testable import JobStore

@Suite(.timeLimit(.minutes(1)))
struct AuthenticationTests {
    private static let header = #"{"alg":"HS256","typ":"JWT"}"#

    private static func claims(_ change: (inout [String: String]) -> Void = { _ in }) -> String {
        let now = Int(Date().timeIntervalSince1970)
        var claims = [
            "sub": #""somebody""#, "role": #""USER""#, "tenant": #""forged""#, "iss": #""queueflow""#,
            "uid": "\"\(UUID())\"", "sid": "\"\(UUID())\"", "jti": #""1""#, "epoch": "0",
            "aud": #"["queueflow-api"]"#, "iat": "\(now)", "nbf": "\(now)", "exp": "\(now + 600)",
        ]
        change(&claims)
        return "{" + claims.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }

    /// A token made by hand.
    private static func token(
        header: String = header,
        claims: String = claims(),
        secret: String? = TestPlatform.secret
    ) -> String {
        let signed = "\(base64(Array(header.utf8))).\(base64(Array(claims.utf8)))"
        guard let secret else { return signed + "." }
        let key = SymmetricKey(data: Array(secret.utf8))
        return "\(signed).\(base64(Array(HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: key))))"
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }

    /// The proof that the forgeries below fail for what is forged, and not for how they are made.
    @Test func aTokenMadeByHandWorks() async throws {
        try await TestPlatform.shared().serve { api in
            let session = TestSession(api: api, headers: [.authorization: "Bearer \(Self.token())"])
            let answer = try await session.get("/jobs?limit=1")
            #expect(answer.status == .ok)
        }
    }

    static let forgeries: [(name: String, token: String)] = {
        let now = Int(Date().timeIntervalSince1970)
        return [
            ("no algorithm, no signature", token(header: #"{"alg":"none","typ":"JWT"}"#, secret: nil)),
            ("no algorithm, signed", token(header: #"{"alg":"none","typ":"JWT"}"#)),
            ("another algorithm, signed", token(header: #"{"alg":"HS384","typ":"JWT"}"#)),
            ("no algorithm named, signed", token(header: #"{"typ":"JWT"}"#)),
            ("unknown extensions", token(header: #"{"alg":"HS256","crit":["exp"]}"#)),
            ("no signature", token(secret: nil)),
            ("another key", token(secret: "another secret, which is 32 bytes long")),
            ("expired", token(claims: claims { $0["exp"] = "\(now - 1)" })),
            ("not yet good", token(claims: claims { $0["nbf"] = "\(now + 3_000)" })),
            ("another audience", token(claims: claims { $0["aud"] = #""another-api""# })),
            ("no audience", token(claims: claims { $0["aud"] = nil })),
            ("another issuer", token(claims: claims { $0["iss"] = #""somebody""# })),
            ("no expiry", token(claims: claims { $0["exp"] = nil })),
            ("unknown role", token(claims: claims { $0["role"] = #""ROOT""# })),
            ("impossible tenant", token(claims: claims { $0["tenant"] = #""a.b""# })),
            ("not a token", "abc"), ("empty parts", ".."), ("too many parts", token() + ".x"),
            ("far too long", String(repeating: "a", count: 20_000)),
        ]
    }()

    @Test func forgedTokensAreWorthNothing() async throws {
        try await TestPlatform.shared().serve { api in
            for (name, token) in Self.forgeries {
                let session = TestSession(api: api, headers: [.authorization: "Bearer \(token)"])
                let answer = try await session.get("/jobs")
                #expect(answer.status == .unauthorized, "\(name)")
                try answer.expectProblem("invalid-token", .unauthorized)
                #expect(answer.headers[.wwwAuthenticate] == #"Bearer realm="queueflow", error="invalid_token""#)
            }
        }
    }

    @Test func oneChangedBitMakesATokenWorthless() async throws {
        let good = Self.token()
        try await TestPlatform.shared().serve { api in
            // The last character holds bits that the signature has no room for, so it is left alone.
            for position in stride(from: 0, to: good.utf8.count - 1, by: 17) {
                var bytes = Array(good.utf8)
                bytes[position] = bytes[position] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
                let token = String(decoding: bytes, as: UTF8.self)
                let session = TestSession(api: api, headers: [.authorization: "Bearer \(token)"])
                let answer = try await session.get("/jobs")
                #expect(answer.status == .unauthorized, "position \(position)")
            }
        }
    }

    @Test func withoutATokenThereIsNoWayIn() async throws {
        try await TestPlatform.shared().serve { api in
            let schemes = ["", "Basic YWRtaW46YWRtaW4=", "Bearer", "Bearer ", Self.token()]
            for header in schemes {
                let session = TestSession(api: api, headers: header.isEmpty ? [:] : [.authorization: header])
                for answer in [try await session.get("/jobs"), try await session.post("/jobs", #"{"type":"t"}"#)] {
                    try answer.expectProblem("authentication-required", .unauthorized)
                    #expect(answer.headers[.wwwAuthenticate] == #"Bearer realm="queueflow""#)
                }
            }
        }
    }

    @Test func workersHaveNoBusinessHere() async throws {
        try await TestPlatform.shared().serve { api in
            let session = try await api.session(.worker, tenant: "default")
            try await session.get("/jobs").expectProblem("forbidden", .forbidden)
        }
    }
}
