/// What Redis answered.
public enum RedisReply: Sendable, Hashable {
    /// A word such as `OK`.
    case status(String)
    /// A refusal inside an array; a refusal of the command itself is thrown.
    case error(String)
    /// A number.
    case integer(Int64)
    /// A value.
    case bytes([UInt8])
    /// Several replies.
    case array([RedisReply])
    /// No value.
    case null
}

extension RedisReply {
    /// The number, also when it comes as a value of decimal digits.
    public var integer: Int64? {
        switch self {
        case .integer(let number): number
        case .bytes(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }

    /// The value's bytes.
    public var bytes: [UInt8]? {
        switch self {
        case .bytes(let bytes): bytes
        case .status(let word): Array(word.utf8)
        default: nil
        }
    }

    /// The value as text; bytes that are not UTF-8 are replaced.
    public var string: String? {
        bytes.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The replies of an array.
    public var array: [RedisReply]? {
        if case .array(let replies) = self { replies } else { nil }
    }

    /// Whether there is no value.
    public var isNull: Bool { self == .null }
}
