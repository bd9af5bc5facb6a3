import Hummingbird
import HummingbirdCore
import JobCore
import JobStore

extension JobFilter {
    /// What its parameters are called in a query.
    static let names = [
        "state", "status", "type", "queue", "queue_name", "tenant", "priority", "tag", "parent", "worker", "error_kind",
        "text",
        "payload", "created_after", "created_before",
    ]

    /// Reads the parameters of a query.
    ///
    /// - Parameter principal: Who asks, and may mean its own tenant's jobs alone unless it is an administrator.
    init(_ reader: inout QueryReader, by principal: Principal) {
        self.init()
        let state = reader.name(of: "state", or: "status")
        states = Self.states(in: reader.text(state)) { reader.refuse(state, $0) }
        type = reader.name("type", as: JobType.self)
        queue = reader.name(reader.name(of: "queue", or: "queue_name"), as: QueueName.self)
        tenant = reader.name("tenant", as: TenantName.self)
        reader.confine(&tenant, to: principal)
        priority = reader.choice("priority", of: Priority.self)
        tag = reader.read("tag", expected: TagRule.expected) { TagRule.allows($0) ? $0 : nil }
        parent = reader.read("parent", expected: "a job's id") { JobID($0) }
        worker = reader.read("worker", expected: "a worker's id") { WorkerID($0) }
        errorKind = reader.read("error_kind", expected: Self.kindRule, Self.kind)
        text = reader.read("text", expected: Self.textRule, Self.searchText)
        payload = reader.read("payload", expected: Self.payloadRule) { PayloadCondition($0) }
        createdAfter = reader.time("created_after")
        createdBefore = reader.time("created_before")
    }

    private static func states(in text: String?, refuse: (String) -> Void) -> Set<JobState> {
        var states: Set<JobState> = []
        for name in text?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
            if let state = JobState(rawValue: String(name)) {
                states.insert(state)
            } else {
                let names = JobState.allCases.map(\.rawValue)
                let hint = NearestName.of(String(name), among: names).map { "; did you mean '\($0)'?" }
                refuse(
                    "must be one or several of \(names.joined(separator: ", ")), with commas between them\(hint ?? "")"
                )
            }
        }
        return states
    }
}
