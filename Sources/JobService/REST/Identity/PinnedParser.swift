import Foundation
import JWTKit

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
