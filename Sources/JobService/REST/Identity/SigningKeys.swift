import Crypto
import Foundation
import JWTKit

/// What signs access tokens, and what their signatures are checked by: one Ed25519 key and the public halves of earlier ones,
/// or else a secret that only job-services know.
struct SigningKeys: Sendable {
    /// A key whose tokens are good, as others may know it.
    struct PublicKey: Sendable {
        /// Its name: the digest of the key as RFC 7638 has it, so that it needs no bookkeeping.
        let id: String
        /// Its 32 bytes in base64url.
        let x: String
    }

    /// The keys by which anybody can check tokens; none when a secret signs.
    let published: [PublicKey]
    /// Checks signatures.
    let collection: JWTKeyCollection
    private let signer: JWKIdentifier?

    /// Signs with a secret.
    ///
    /// - Parameter secret: At least 32 bytes, as many as the hash has (RFC 7518, section 3.2).
    init(secret: String) async {
        (published, signer, collection) = ([], nil, JWTKeyCollection())
        await collection.add(
            hmac: HMACKey(from: secret),
            digestAlgorithm: .sha256,
            parser: PinnedParser(algorithm: "HS256")
        )
    }

    /// Signs with a key.
    ///
    /// - Parameters:
    ///   - privatePEM: The key that signs.
    ///   - publicPEMs: Keys whose tokens are good, too.
    init(privatePEM: String, publicPEMs: [String] = []) async throws {
        let key = try EdDSA.PrivateKey(pem: privatePEM)
        let others = try publicPEMs.map { try EdDSA.PublicKey(pem: $0) }
        let current = PublicKey(key.publicKey)
        collection = JWTKeyCollection()
        published = [current] + others.map(PublicKey.init)
        signer = JWKIdentifier(string: current.id)
        // The first is also the one for tokens that name no key.
        await collection.add(eddsa: key, kid: signer, parser: PinnedParser(algorithm: "EdDSA"))
        for other in others {
            let id = JWKIdentifier(string: PublicKey(other).id)
            await collection.add(eddsa: other, kid: id, parser: PinnedParser(algorithm: "EdDSA"))
        }
    }

    /// The keys that the settings name.
    ///
    /// - Throws: ``SigningKeyError`` that names the setting when a file is not what it should be.
    init(_ settings: JobServiceSettings) async throws {
        guard let path = settings.jwtPrivateKeyFile else {
            self = await SigningKeys(secret: settings.jwtSecret ?? "")
            return
        }
        let pem = try Self.read(path, of: "JWT_PRIVATE_KEY_FILE")
        let others = try settings.jwtPublicKeyFiles.map { try Self.read($0, of: "JWT_PUBLIC_KEY_FILES") }
        do {
            self = try await SigningKeys(privatePEM: pem, publicPEMs: others)
        } catch {
            throw SigningKeyError(setting: "JWT_PRIVATE_KEY_FILE or JWT_PUBLIC_KEY_FILES", path: path)
        }
    }

    /// Signs claims.
    func sign(_ claims: AccessTokenClaims) async throws -> String {
        try await collection.sign(claims, kid: signer)
    }

    private static func read(_ path: String, of setting: String) throws -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw SigningKeyError(setting: setting, path: path)
        }
    }
}

extension SigningKeys.PublicKey {
    fileprivate init(_ key: EdDSA.PublicKey) {
        x = Self.base64URL(key.rawRepresentation)
        id = Self.base64URL(Data(SHA256.hash(data: Array(#"{"crv":"Ed25519","kty":"OKP","x":"\#(x)"}"#.utf8))))
    }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

/// A file that holds no key of the kind that is needed.
struct SigningKeyError: Error, CustomStringConvertible {
    /// The setting that names it.
    var setting: String
    /// Where it is.
    var path: String

    /// Says what is expected and how to make it.
    var description: String {
        """
        \(setting): '\(path)' cannot be read as an Ed25519 key in PEM; make one with \
        'openssl genpkey -algorithm ed25519 -out key.pem', its public half with 'openssl pkey -in key.pem -pubout'
        """
    }
}

/// Reads tokens that name one certain algorithm, and no others.
///
/// The signature is checked by that algorithm whatever a token's header says, so a token for another one could only be of
/// our own making; it is refused all the same (RFC 8725, section 3.1).
struct PinnedParser: JWTParser {
    private let algorithm: String
    private var parser = DefaultJWTParser()

    /// Reads tokens for an algorithm, such as `EdDSA`.
    init(algorithm: String) {
        self.algorithm = algorithm
    }

    var jsonDecoder: any JWTJSONDecoder {
        get { parser.jsonDecoder }
        set { parser.jsonDecoder = newValue }
    }

    /// Takes a token apart.
    ///
    /// - Throws: `JWTError` for another algorithm, for extensions that must be understood, and for what is no token.
    func parse<Payload: JWTPayload>(
        _ token: some DataProtocol,
        as type: Payload.Type
    ) throws -> (header: JWTHeader, payload: Payload, signature: Data) {
        let parsed = try parser.parse(token, as: type)
        guard parsed.header.alg == algorithm else { throw JWTError.unsupportedAlgorithm(alg: parsed.header.alg) }
        guard parsed.header.fields["crit"] == nil else {
            throw JWTError.invalidHeaderField(reason: "crit names extensions that are not understood")
        }
        return parsed
    }
}
