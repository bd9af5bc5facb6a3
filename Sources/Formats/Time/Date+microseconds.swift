package import Foundation

extension Date {
    /// The time in whole microseconds since 1970, as PostgreSQL keeps it.
    package var microsecondsSince1970: Int64 {
        Int64((timeIntervalSince1970 * 1e6).rounded())
    }

    /// The time so many microseconds after 1970 began.
    package init(microsecondsSince1970 microseconds: Int64) {
        self.init(timeIntervalSince1970: Double(microseconds) / 1e6)
    }
}
