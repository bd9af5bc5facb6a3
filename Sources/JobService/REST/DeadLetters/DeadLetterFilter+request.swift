import Hummingbird
import HummingbirdCore
import JobCore
import JobStore

extension DeadLetterFilter {
    /// What the members of a filter, or its parameters in a query, are called.
    static let names = [
        "queue", "type", "reason", "fingerprint", "tenant", "created_after", "created_before", "died_after",
        "died_before",
    ]
    private static let fingerprintRule = "\(ErrorFingerprint.length) hexadecimal digits in small letters"

    /// Reads the parameters of a query.
    init(_ reader: inout QueryReader) {
        self.init()
        queue = reader.name("queue", as: QueueName.self)
        type = reader.name("type", as: JobType.self)
        reason = reader.choice("reason", of: DeadReason.self)
        fingerprint = reader.read("fingerprint", expected: Self.fingerprintRule, Self.fingerprint)
        tenant = reader.name("tenant", as: TenantName.self)
        createdAfter = reader.time("created_after")
        createdBefore = reader.time("created_before")
        diedAfter = reader.time("died_after")
        diedBefore = reader.time("died_before")
    }

    /// Reads the members of a JSON object.
    init(_ reader: inout MemberReader) {
        self.init()
        queue = reader.name("queue", as: QueueName.self)
        type = reader.name("type", as: JobType.self)
        reason = reader.choice("reason", of: DeadReason.self)
        if let text = reader.string("fingerprint") {
            fingerprint = Self.fingerprint(text)
            if fingerprint == nil { reader.refuse("fingerprint", "must be \(Self.fingerprintRule)") }
        }
        tenant = reader.name("tenant", as: TenantName.self)
        createdAfter = reader.time("created_after")
        createdBefore = reader.time("created_before")
        diedAfter = reader.time("died_after")
        diedBefore = reader.time("died_before")
    }

    private static func fingerprint(_ text: String) -> String? {
        let isOne =
            text.utf8.count == ErrorFingerprint.length && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
        return isOne ? text : nil
    }
}
