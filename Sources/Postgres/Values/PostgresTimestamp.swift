#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

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

extension Date: PostgresEncodable, PostgresDecodable {
    /// Seconds from 2000-01-01, the server's epoch, to 2001-01-01, that of `Date`.
    private static let secondsBetweenEpochs: Double = 366 * 86400

    /// Sends a `timestamptz`, rounded to the nearest microsecond.
    public func encode(as type: PostgresType, into buffer: inout PostgresBuffer) throws(PostgresValueError) {
        guard type == .timestamptz else { throw .cannotSend(Date.self, as: type) }
        // Whole seconds first: the product of a fraction and a million is exact enough, that of a date is not.
        let whole = timeIntervalSinceReferenceDate.rounded(.down)
        let fraction = ((timeIntervalSinceReferenceDate - whole) * 1_000_000).rounded()
        guard let seconds = Int64(exactly: whole + Self.secondsBetweenEpochs) else {
            throw PostgresValueError("is of type \(type), which cannot hold this date")
        }
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (microseconds, overflowToo) = product.addingReportingOverflow(Int64(fraction))
        guard !overflow, !overflowToo else {
            throw PostgresValueError("is of type \(type), which ends in the year 294276, not with this date")
        }
        buffer.append(microseconds)
    }

    /// Reads a `timestamptz`; `infinity` is refused, since a `Date` has none.
    public static func decode(_ bytes: RawSpan, as type: PostgresType) throws(PostgresValueError) -> Date {
        guard type == .timestamptz else { throw .cannotRead(type, as: Date.self) }
        let timestamp = try PostgresTimestamp.decode(bytes, as: type)
        guard !timestamp.isInfinite else {
            throw PostgresValueError("is infinite, which a Date cannot be; read it as PostgresTimestamp")
        }
        let (seconds, microseconds) = timestamp.microsecondsSince2000.quotientAndRemainder(dividingBy: 1_000_000)
        let interval = (Double(seconds) - secondsBetweenEpochs) + Double(microseconds) / 1_000_000
        return Date(timeIntervalSinceReferenceDate: interval)
    }
}
