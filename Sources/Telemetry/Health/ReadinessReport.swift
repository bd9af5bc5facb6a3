import Formats

/// What ``Readiness`` found: one entry for each check.
public struct ReadinessReport: Sendable, Hashable {
    /// The last result of one check.
    public struct Check: Sendable, Hashable {
        /// What was checked.
        public let name: String

        /// Whether the process is not ready while it fails.
        public let isVital: Bool

        /// Why it failed; `nil` when all is well.
        public let failure: String?

        /// When the result was found, in RFC 3339; for a gate, when it was last set.
        public let checkedAt: String

        /// How long the check took; `nil` for a gate.
        public let duration: Duration?

        /// `pass`, `fail`, or `warn` for a failure that leaves the process ready.
        var status: String {
            failure == nil ? "pass" : isVital ? "fail" : "warn"
        }

        fileprivate func write(to text: inout JSONWriter) {
            text.member("name", name)
            text.member("status", status)
            if let failure { text.member("reason", failure) }
            text.member("checked_at", checkedAt)
            if let duration { text.member("duration_ms", duration / .milliseconds(1)) }
        }
    }

    /// The checks, gates first.
    public let checks: [Check]

    /// Whether no vital check failed.
    public var isReady: Bool {
        checks.allSatisfy { $0.failure == nil || !$0.isVital }
    }

    /// The report as JSON: an object with `status` (`ready` or `not_ready`) and `checks`, an array of
    /// `{name, status, reason, checked_at, duration_ms}`, their `status` being `pass`, `warn` or `fail`.
    ///
    /// - Returns: UTF-8 text.
    public var json: [UInt8] {
        var text = JSONWriter()
        text.object { text in
            text.member("status", isReady ? "ready" : "not_ready")
            text.name("checks")
            text.array { text in
                for check in checks { text.object { check.write(to: &$0) } }
            }
        }
        return text.bytes
    }
}
