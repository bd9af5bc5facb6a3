/// A part of what a role may do, for API keys that are to do less.
public enum Scope: String, CaseIterable, Hashable, Sendable {
    /// See jobs.
    case jobsRead = "jobs:read"
    /// Submit, cancel and retry jobs.
    case jobsWrite = "jobs:write"
    /// See schedules.
    case schedulesRead = "schedules:read"
    /// Make, change, remove and trigger schedules.
    case schedulesWrite = "schedules:write"
    /// See what administrators see.
    case adminRead = "admin:read"
    /// Do what administrators do.
    case adminWrite = "admin:write"
}
