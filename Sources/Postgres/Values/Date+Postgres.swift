#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

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
