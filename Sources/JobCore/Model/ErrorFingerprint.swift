import Crypto

/// Names the cause of a failure: the same for the same job type, kind of failure and error, whatever ids, numbers, times,
/// addresses and quoted values the error's text contains.
public struct ErrorFingerprint: Hashable, Sendable, CustomStringConvertible {
    /// How many characters it has.
    public static let length = 16

    /// 16 hexadecimal digits: the first 8 bytes of the SHA-256 of type, kind and normalised text.
    public let rawValue: String

    /// The fingerprint of a failure.
    ///
    /// - Parameters:
    ///   - type: The job's type.
    ///   - kind: The kind of failure, such as `error` or `timeout`.
    ///   - error: What happened, for a person. Only the first line that is not empty counts; see ``NormalizedError``.
    public init(type: String, kind: String, error: String) {
        let digest = SHA256.hash(data: Array("\(type)\0\(kind)\0\(NormalizedError(error))".utf8))
        rawValue = digest.prefix(Self.length / 2).hex
    }

    /// The fingerprint's digits.
    public var description: String { rawValue }
}
