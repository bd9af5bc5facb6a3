import Hummingbird
import JobCore

/// A member of a job as clients see it, in the order in which they are written.
enum JobField: String, CaseIterable {
    case id, state, status, type, queue, tenant, priority, payload, attempt
    case maxAttempts = "max_attempts"
    case run, tags
    case createdAt = "created_at"
    case executeAt = "execute_at"
    case queuedAt = "queued_at"
    case startedAt = "started_at"
    case finishedAt = "finished_at"
    case workerID = "worker_id"
    case error, result, reason
    case cancelRequestedAt = "cancel_requested_at"
    case retry, timeout, progress
    case parentID = "parent_id"
    case traceID = "trace_id"
    case unhandled
}

/// Which members of jobs a client wants.
struct JobFields: Sendable {
    /// All of them.
    static let all = JobFields(wanted: nil)

    private let wanted: Set<JobField>?

    private init(wanted: Set<JobField>?) {
        self.wanted = wanted
    }

    /// Reads the parameter `fields`: names with commas between them; without it all are wanted.
    init(_ reader: inout QueryReader) {
        guard let text = reader.text("fields") else {
            self = .all
            return
        }
        var wanted: Set<JobField> = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            if let field = JobField(rawValue: String(name)) {
                wanted.insert(field)
            } else {
                let names = JobField.allCases.map(\.rawValue)
                let hint = NearestName.of(String(name), among: names).map { "; did you mean '\($0)'?" }
                reader.refuse(
                    "fields",
                    "'\(name.prefix(40))' is no member of a job"
                        + (hint ?? "; there are \(names.joined(separator: ", "))")
                )
            }
        }
        self.init(wanted: wanted)
    }

    /// Whether payload or result is among them.
    var needContents: Bool { wanted.map { $0.contains(.payload) || $0.contains(.result) } ?? true }

    /// The members to write, in their order.
    var listed: [JobField] {
        wanted.map { wanted in JobField.allCases.filter(wanted.contains) } ?? JobField.allCases
    }
}
