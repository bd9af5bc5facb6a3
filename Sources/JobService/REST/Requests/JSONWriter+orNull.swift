import Concurrency
import Formats
import JobCore

extension JSONWriter {
    /// Writes a member whose value is a string, or null.
    mutating func member(_ name: String, orNull value: String?) {
        self.name(name)
        if let value { string(value) } else { null() }
    }

    /// Writes a member whose value is a whole number, or null.
    mutating func member(_ name: String, orNull value: Int64?) {
        self.name(name)
        if let value { int(Int(value)) } else { null() }
    }

    /// Writes a member whose value is a number, or null.
    mutating func member(_ name: String, orNull value: Double?) {
        self.name(name)
        if let value { double(value) } else { null() }
    }

    /// Writes a retry policy.
    mutating func retryPolicy(_ policy: RetryPolicy) {
        object {
            $0.member("strategy", policy.strategy.rawValue)
            $0.member("base", policy.base)
            $0.member("factor", policy.factor)
            $0.member("max_delay", policy.maxDelay)
            $0.member("jitter", policy.jitter)
        }
    }

    /// Writes a member whose value is a retry policy, or null.
    mutating func member(_ name: String, orNull policy: RetryPolicy?) {
        self.name(name)
        if let policy { retryPolicy(policy) } else { null() }
    }

    /// Writes a member whose value is a duration in seconds, or null.
    mutating func member(_ name: String, secondsOrNull duration: Duration?) {
        self.name(name)
        guard let milliseconds = duration?.millisecondsTruncated else {
            null()
            return
        }
        if milliseconds.isMultiple(of: 1_000) {
            int(Int(milliseconds / 1_000))
        } else {
            double(Double(milliseconds) / 1_000)
        }
    }
}
