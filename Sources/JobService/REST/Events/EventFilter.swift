import HummingbirdCore
import JobCore
import JobStore

/// What a listener wants to be told.
struct EventFilter: Hashable, Sendable {
    /// What events are about. That events were lost is always told.
    enum Kind: String, CaseIterable, Hashable, Sendable {
        /// A job changed, or was removed.
        case job
        /// A handler logged.
        case log
        /// Queues' figures changed.
        case queues
        /// An operation has come further, or has ended.
        case operation
    }

    /// Which events.
    var kinds = Set(Kind.allCases)
    /// Of the jobs of which queue; nil means of all.
    var queue: QueueName?
    /// Of the jobs of which type; nil means of all.
    var type: JobType?

    /// Everything.
    init() {}

    /// Reads a query.
    ///
    /// - Throws: ``Problem`` that names every parameter that is wrong.
    init(_ uri: URI) throws(Problem) {
        var reader = QueryReader(uri, known: ["events", "queue", "type"])
        let names = Kind.allCases.map(\.rawValue).joined(separator: ", ")
        let expected = "some of \(names), with commas between them"
        let kinds = reader.read("events", expected: expected) { text -> Set<Kind>? in
            let kinds = text.split(separator: ",", omittingEmptySubsequences: false).map { Kind(rawValue: String($0)) }
            return kinds.contains(nil) ? nil : Set(kinds.compactMap(\.self))
        }
        if let kinds { self.kinds = kinds }
        queue = reader.name("queue", as: QueueName.self)
        type = reader.name("type", as: JobType.self)
        try reader.errors.check()
    }

    /// Whether changes of jobs have to be heard of for it.
    var followsJobs: Bool { kinds.contains(.job) || kinds.contains(.log) }

    /// Whether it lets a job's change pass.
    func admits(_ job: JobSummary) -> Bool {
        kinds.contains(.job) && (queue.map { $0.rawValue == job.queue } ?? true)
            && (type.map { $0.rawValue == job.type } ?? true)
    }
}
