import Foundation

/// Looks at the platform through the eyes of another tenant.
struct TenantProbe: Sendable {
    var port: Int
    /// Somebody of another tenant, and whether that has no jobs at all.
    var caller: HTTP.Credential
    var isStranger: Bool

    private struct Page: Decodable {
        struct Item: Decodable { var id: String }
        var jobs: [Item]
    }

    /// Asks for jobs that are another's, and for a list of all.
    ///
    /// - Returns: How many answers were looked at, and what they gave away.
    func run(_ jobs: some Sequence<AcceptedJob>) async throws -> (count: Int, leaks: [String]) {
        var (count, leaks) = (1, [String]())
        let page: Page = try await HTTP.insist("GET", port: port, "/jobs?limit=1", as: caller).decode()
        if isStranger, !page.jobs.isEmpty { leaks.append("the list of another tenant has \(page.jobs.count) jobs") }
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
