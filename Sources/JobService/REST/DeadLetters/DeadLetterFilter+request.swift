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

    /// Reads the parameters of a query.
    init(_ reader: inout QueryReader) {
        self.init()
        queue = reader.name("queue", as: QueueName.self)
        type = reader.name("type", as: JobType.self)
        reason = reader.choice("reason", of: DeadReason.self)
        fingerprint = reader.read("fingerprint", expected: ErrorFingerprint.rule) {
            ErrorFingerprint.isOne($0) ? $0 : nil
        }
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
        fingerprint = reader.string("fingerprint")
        if let fingerprint, !ErrorFingerprint.isOne(fingerprint) {
            reader.refuse("fingerprint", "must be \(ErrorFingerprint.rule)")
        }
        tenant = reader.name("tenant", as: TenantName.self)
        createdAfter = reader.time("created_after")
        createdBefore = reader.time("created_before")
        diedAfter = reader.time("died_after")
        diedBefore = reader.time("died_before")
    }
}
