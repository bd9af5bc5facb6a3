/// An instant as the server keeps it: whole microseconds.
///
/// `Date` is the convenient form, but its `Double` is coarser than a microsecond far from the year 2001 (about 285 years
/// away). This type loses nothing and knows the server's two infinities.
public struct PostgresTimestamp: Sendable, Hashable, Comparable {
    /// Microseconds since 2000-01-01 00:00:00 UTC, without leap seconds.
    public let microsecondsSince2000: Int64

    /// Makes an instant from microseconds since 2000-01-01 00:00:00 UTC.
    public init(microsecondsSince2000: Int64) {
        self.microsecondsSince2000 = microsecondsSince2000
    }

    /// Later than every instant.
    public static let infinity = PostgresTimestamp(microsecondsSince2000: .max)
    /// Earlier than every instant.
    public static let negativeInfinity = PostgresTimestamp(microsecondsSince2000: .min)

    /// Whether this is one of the two infinities.
    public var isInfinite: Bool { self == .infinity || self == .negativeInfinity }

    /// Compares instants.
    public static func < (left: PostgresTimestamp, right: PostgresTimestamp) -> Bool {
        left.microsecondsSince2000 < right.microsecondsSince2000
    }
}

extension PostgresTimestamp: PostgresEncodable, PostgresDecodable {
    /// Sends a `timestamptz`.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        guard type == .timestamptz else { throw .cannotSend(PostgresTimestamp.self, as: type) }
        buffer.append(microsecondsSince2000)
    }

    /// Reads a `timestamptz`.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> PostgresTimestamp {
        guard type == .timestamptz else { throw .cannotRead(type, as: PostgresTimestamp.self) }
        guard bytes.byteCount == 8 else {
            throw .malformed(type, as: PostgresTimestamp.self, length: bytes.byteCount)
        }
        return PostgresTimestamp(microsecondsSince2000: bytes.bigEndian(Int64.self))
    }
}
