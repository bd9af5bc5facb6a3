import Foundation

/// Looks at the platform through the eyes of another tenant.
struct TenantProbe: Sendable {
    var port: Int
    /// Somebody of a tenant that has no jobs.
    var caller: HTTP.Credential

    private struct Page: Decodable {
        struct Item: Decodable { var id: String }
        var jobs: [Item]
    }

    /// Asks for jobs that are another's.
    ///
    /// - Returns: How many answers were looked at, and what they gave away.
    func run(_ jobs: some Sequence<AcceptedJob>) async throws -> (count: Int, leaks: [String]) {
        var (count, leaks) = (1, [String]())
        let page: Page = try await HTTP.insist("GET", port: port, "/jobs", as: caller).decode()
        if !page.jobs.isEmpty { leaks.append("the list of another tenant has \(page.jobs.count) jobs") }
        for job in jobs {
            for (method, path) in [("GET", ""), ("POST", "/cancel"), ("POST", "/retry"), ("GET", "/attempts")] {
                let answer = try await HTTP.insist(method, port: port, "/jobs/\(job.id)\(path)", as: caller)
                count += 1
                if answer.status != 404 {
                    leaks.append("\(method) /jobs/\(job.id)\(path) was answered \(answer.status)")
                }
            }
        }
        return (count, leaks)
    }
}
