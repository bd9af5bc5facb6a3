#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Conversions to whole numbers. Which rounding is right differs: a wait must not end early, a limit must not grow.
extension Duration {
    /// The whole milliseconds in it; a part of one is dropped. What `Int64` cannot hold becomes its largest value.
    package var millisecondsTruncated: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product + attoseconds / Self.attosecondsPerMillisecond
    }

    /// The same with a part of a millisecond rounded up, so that a small positive duration never becomes 0.
    package var millisecondsRoundedUp: Int64 {
        let truncated = millisecondsTruncated
        return components.attoseconds % Self.attosecondsPerMillisecond > 0 && truncated < .max
            ? truncated + 1 : truncated
    }

    /// The duration in seconds.
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    private static let attosecondsPerMillisecond: Int64 = 1_000_000_000_000_000
}

extension timespec {
    /// A duration in whole nanoseconds; a part of one is dropped.
    init(truncating duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    }
}
