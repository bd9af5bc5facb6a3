import Crypto
import CryptoExtras
import Foundation

/// A password's scrypt hash (RFC 7914) with what it was made by, so that the cost can be raised later.
public struct PasswordHash: Hashable, Sendable, CustomStringConvertible {
    /// How dear a guess is.
    public struct Cost: Hashable, Sendable {
        /// The logarithm of the rounds to the base 2; the memory is 1 KiB times the rounds.
        public var logRounds: Int
        /// How often it is all done, one after the other.
        public var passes: Int

        /// 32 MiB and three passes, one of the settings that the OWASP Password Storage Cheat Sheet (2024) calls equal.
        public static let standard = Cost(logRounds: 15, passes: 3)

        /// A cost.
        public init(logRounds: Int, passes: Int) {
            self.logRounds = logRounds
            self.passes = passes
        }
    }

    private static let (blockSize, keyBytes, saltBytes) = (8, 32, 16)
    private static let scheme = "scrypt"

    private let cost: Cost
    private let salt: [UInt8]
    private let key: [UInt8]

    /// Hashes a password. Takes long and much memory on purpose; see ``PasswordHasher``.
    ///
    /// - Throws: When the cost is beyond what the algorithm takes.
    init(_ password: String, cost: Cost) throws {
        salt = .random(count: Self.saltBytes)
        self.cost = cost
        key = try Self.derive(password, salt: salt, cost: cost)
    }

    /// A hash that no known password has: its key is random. Checking against it takes as long as against any other.
    init(ofNobody cost: Cost) {
        salt = .random(count: Self.saltBytes)
        self.cost = cost
        key = .random(count: Self.keyBytes)
    }

    /// Reads a hash's text; nil when it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].isEmpty, parts[1] == Self.scheme, let logRounds = Int(parts[2]),
            (1...24).contains(logRounds), let passes = Int(parts[3]), (1...64).contains(passes),
            let salt = Data(base64Encoded: String(parts[4])), let key = Data(base64Encoded: String(parts[5])),
            key.count == Self.keyBytes
        else { return nil }
        cost = Cost(logRounds: logRounds, passes: passes)
        self.salt = [UInt8](salt)
        self.key = [UInt8](key)
    }

    /// `$scrypt$`, the logarithm of the rounds, the passes, the salt and the key in Base64, with `$` between them.
    public var description: String {
        let (salt, key) = (Data(salt).base64EncodedString(), Data(key).base64EncodedString())
        return "$\(Self.scheme)$\(cost.logRounds)$\(cost.passes)$\(salt)$\(key)"
    }

    /// Whether it is the hash of a password; compares in constant time. Takes as long as making it.
    func matches(_ password: String) throws -> Bool {
        let other = try Self.derive(password, salt: salt, cost: cost)
        return zip(key, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func derive(_ password: String, salt: [UInt8], cost: Cost) throws -> [UInt8] {
        let key = try KDF.Scrypt.deriveKey(
            from: Array(password.utf8),
            salt: salt,
            outputByteCount: keyBytes,
            rounds: 1 << cost.logRounds,
            blockSize: blockSize,
            parallelism: cost.passes
        )
        return key.withUnsafeBytes { Array($0) }
    }
}
