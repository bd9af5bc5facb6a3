/// When `SET` sets a key.
public struct RedisSetCondition: Sendable, Hashable {
    let word: RedisArgument?

    /// Whether or not the key exists.
    public static let always = RedisSetCondition(word: nil)
    /// Only if the key does not exist (`NX`).
    public static let ifAbsent = RedisSetCondition(word: "NX")
    /// Only if the key exists (`XX`).
    public static let ifPresent = RedisSetCondition(word: "XX")
}
