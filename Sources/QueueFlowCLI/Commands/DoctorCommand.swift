import ArgumentParser
import Formats
import Foundation
import NIOHTTP1

/// `queueflow doctor`: whether all is well, and what to do where it is not.
struct DoctorCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check the server, what it needs, clocks and versions; exit status 1 when something is bad."
    )

    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let connection = try connection.resolve()
        let findings = try await Doctor(connection: connection).examine()
        let printer = try output.printer(for: .findings)
        var writer = JSONWriter()
        writer.array { array in
            for finding in findings {
                array.object { writer in
                    writer.member("check", finding.check)
                    writer.member("state", finding.verdict.rawValue)
                    writer.member("detail", finding.detail)
                    if let advice = finding.advice { writer.member("advice", advice) }
                }
            }
        }
        printer.print(try JSONValueSlice(parsing: writer.bytes).array ?? [])
        if findings.contains(where: { $0.verdict == .bad }) { throw CommandFailure(.failure, "") }
    }
}

/// Examines an installation.
struct Doctor: Sendable {
    let connection: Connection

    /// What one check found.
    struct Finding: Sendable {
        enum Verdict: String, Sendable {
            case ok, warn, bad
        }

        let check: String
        let verdict: Verdict
        let detail: String
        /// What to do; nil when nothing need be done.
        var advice: String?
    }

    /// Carries out all checks. Those that need the server are left out when it does not answer.
    func examine() async throws -> [Finding] {
        let client = connection.client
        let asked = Date()
        let answer: APIAnswer
        do {
            answer = try await client.exchange(APICall(.get, "/healthz"))
        } catch let failure as CommandFailure {
            return [
                Finding(
                    check: "server",
                    verdict: .bad,
                    detail: failure.description,
                    advice: "check the URL (from \(connection.origin)), the network, and: queueflow status"
                )
            ]
        }
        let took = Date().timeIntervalSince(asked)
        guard answer.status == 200, (try? answer.object(with: "status")) != nil else {
            return [
                Finding(
                    check: "server",
                    verdict: .bad,
                    detail: "\(client.address) answers \(answer.status) to /healthz"
                        + (answer.kindOfBody.map { ", with \($0)" } ?? ""),
                    advice: "is this the REST API of QueueFlow? (URL from \(connection.origin))"
                )
            ]
        }
        var findings = [
            Finding(
                check: "server",
                verdict: took < 1 ? .ok : .warn,
                detail: "\(client.address) answers after \(TimeText.span(took))",
                advice: took < 1 ? nil : "it is slow; look at its load and the network"
            )
        ]
        findings.append(Self.clock(answer, asked: asked, took: took))
        findings += try await readiness()
        findings += try await overview()
        findings.append(try await caller())
        findings += try await workers()
        findings.append(try await api())
        if connection.profile == Connection.localProfile { findings += await Self.local() }
        return findings
    }

    /// Whether the server speaks the version of the API that this program was made for.
    private func api() async throws -> Finding {
        let answer = try await connection.client.exchange(APICall(.get, "/openapi.json"))
        let document = try? answer.json()
        let version = document?.at("info.version")?.string ?? "unknown"
        let isNew = (try? document?.at("paths")?.object?["/operations"]) != nil
        return Finding(
            check: "API",
            verdict: version != "1" ? .bad : isNew ? .ok : .warn,
            detail: "version \(version)\(isNew ? "" : ", without operations"); this program speaks version 1",
            advice: version != "1"
                ? "use the queueflow of the server's release"
                : isNew ? nil : "the server is older than this program; update it"
        )
    }

    /// What can be looked at only where the stack runs: what its processes were built from, and its database's tables.
    private static func local() async -> [Finding] {
        guard let stack = try? LocalStack.find(in: Surroundings.current.directory) else { return [] }
        var builds: [String: [String]] = [:]
        for url in stack.metrics {
            let port = APIClient(address: url.absoluteString, credential: .none, timeout: .seconds(3))
            guard let text = try? await port.exchange(APICall(.get, "")).body else { continue }
            guard let build = Build(metrics: String(decoding: text, as: UTF8.self)) else { continue }
            builds["\(build.version) (\(build.revision.prefix(12)))", default: []].append(build.process)
        }
        let list = builds.sorted { $0.key < $1.key }.map { "\($0.value.joined(separator: ", ")): \($0.key)" }
        var findings = [
            Finding(
                check: "versions",
                verdict: builds.count == 1 ? .ok : .warn,
                detail: list.isEmpty ? "no process tells its version" : list.joined(separator: "; "),
                advice: builds.count == 1 ? nil : "build all at once and call: queueflow up"
            )
        ]
        do {
            let migrations = try await JobServiceOptions.parse([]).migrations()
            let missing = migrations.filter { $0.at("applied")?.bool == false }.count
            let unknown = migrations.filter { $0.at("known")?.bool == false }.count
            findings.append(
                Finding(
                    check: "migrations",
                    verdict: missing == 0 && unknown == 0 ? .ok : .warn,
                    detail: missing > 0
                        ? "\(missing) are missing"
                        : unknown > 0
                            ? "the database has \(unknown) that job-service does not know"
                            : "all \(migrations.count) are applied",
                    advice: missing > 0
                        ? "queueflow migrate up"
                        : unknown > 0 ? "the programs here are older than those that migrated it" : nil
                )
            )
        } catch {
            findings.append(Finding(check: "migrations", verdict: .warn, detail: "\(error)".printable))
        }
        return findings
    }

    private static func clock(_ answer: APIAnswer, asked: Date, took: Double) -> Finding {
        guard let date = answer.headers.first(name: "Date").flatMap(HTTPDate.parse) else {
            return Finding(
                check: "clock",
                verdict: .warn,
                detail: "the answer has no Date",
                advice: "does a proxy remove it?"
            )
        }
        // The header has whole seconds, and the answer was made somewhere in between.
        let difference = date.timeIntervalSince(asked.addingTimeInterval(took / 2))
        let beyond = max(0, abs(difference + 0.5) - 0.5 - took / 2)
        guard beyond > 2 else {
            return Finding(check: "clock", verdict: .ok, detail: "differs by less than 2s from here")
        }
        return Finding(
            check: "clock",
            verdict: beyond > 30 ? .bad : .warn,
            detail:
                "the server's clock is \(TimeText.span(beyond)) \(difference > 0 ? "ahead of" : "behind") this machine's",
            advice: "have both machines follow NTP (timedatectl)"
        )
    }

    private func readiness() async throws -> [Finding] {
        let answer = try await connection.client.exchange(APICall(.get, "/readyz"))
        guard let report = try? answer.json(), let checks = report.at("checks")?.array else {
            return [
                Finding(
                    check: "readiness",
                    verdict: answer.status == 200 ? .ok : .bad,
                    detail: "/readyz answers \(answer.status)",
                    advice: answer.status == 200 ? nil : "see the server's log"
                )
            ]
        }
        return checks.map { check in
            let state = check.text("status") ?? ""
            let verdict: Finding.Verdict = state == "pass" ? .ok : state == "warn" ? .warn : .bad
            return Finding(
                check: check.text("name") ?? "?",
                verdict: verdict,
                detail: check.text("reason") ?? state,
                advice: verdict == .ok ? nil : "see the server's log, and docs/operations.md"
            )
        }
    }

    private func overview() async throws -> [Finding] {
        let answer = try await connection.client.exchange(APICall(.get, "/overview"))
        guard answer.status == 200, let overview = try? answer.json() else { return [] }
        let members = (try? overview.at("components")?.object)?.members ?? []
        var findings = members.map { member in
            let state = member.value.plainText
            return Finding(
                check: member.name,
                verdict: state == "ok" ? .ok : state == "slow" ? .warn : member.name == "postgres" ? .bad : .warn,
                detail: state,
                advice: state == "ok"
                    ? nil
                    : member.name == "postgres"
                        ? "nothing can be stored while it is away" : "jobs go on, but later; bring it back"
            )
        }
        if let seen = overview.text("scheduler_seen_at").flatMap({ RFC3339.date($0) }),
            let at = overview.text("at").flatMap({ RFC3339.date($0) })
        {
            let age = at.timeIntervalSince(seen)
            findings.append(
                Finding(
                    check: "scheduler",
                    verdict: age < 60 ? .ok : .bad,
                    detail: "was seen \(TimeText.span(age)) ago",
                    advice: age < 60 ? nil : "start one: without it no scheduled job, retry or schedule becomes due"
                )
            )
        }
        return findings
    }

    private func caller() async throws -> Finding {
        do {
            let me = try await connection.client.send(APICall(.get, "/me")).object(with: "subject")
            return Finding(
                check: "credential",
                verdict: .ok,
                detail: "\(me.text("subject") ?? "?"), \(me.text("role") ?? "?") of tenant \(me.text("tenant") ?? "?")"
            )
        } catch let failure as CommandFailure {
            return Finding(check: "credential", verdict: .bad, detail: failure.description)
        }
    }

    private func workers() async throws -> [Finding] {
        let answer = try await connection.client.exchange(APICall(.get, "/workers", query: [.init("limit", "500")]))
        // Who may not see workers is told nothing of them.
        guard answer.status == 200, let page = try? answer.json() else { return [] }
        let workers = page.elements("workers")
        let slots = workers.compactMap { $0.at("slots")?.int }.reduce(0, +)
        let running = workers.compactMap { $0.at("running")?.int }.reduce(0, +)
        let unhandled = page.elements("unhandled_types").compactMap { $0.text("type") }
        var findings = [
            Finding(
                check: "workers",
                verdict: workers.isEmpty ? .bad : .ok,
                detail: "\(workers.count) with \(slots) slots, \(running) of them taken",
                advice: workers.isEmpty ? "start one; nothing runs jobs" : nil
            )
        ]
        if !unhandled.isEmpty {
            findings.append(
                Finding(
                    check: "handlers",
                    verdict: .warn,
                    detail:
                        "jobs wait that no worker has a handler for: \(unhandled.prefix(5).joined(separator: ", "))",
                    advice: "start a worker that has the handlers, or delete the jobs"
                )
            )
        }
        return findings
    }
}

/// What a process was built from, as its metrics tell it.
struct Build: Hashable {
    let version: String
    let revision: String
    let process: String

    /// Finds it in the text that Prometheus is given; nil when it is not there.
    init?(metrics: String) {
        guard let line = metrics.split(separator: "\n").first(where: { $0.hasPrefix("queueflow_build_info{") }) else {
            return nil
        }
        func label(_ name: String) -> String? {
            guard let start = line.range(of: "\(name)=\"")?.upperBound else { return nil }
            return String(line[start...].prefix { $0 != "\"" })
        }
        guard let version = label("version"), let revision = label("revision"), let process = label("process") else {
            return nil
        }
        (self.version, self.revision, self.process) = (version, revision, process)
    }
}

/// The dates of HTTP (RFC 9110, section 5.6.7): `Thu, 26 Nov 2026 12:00:00 GMT`.
enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func parse(_ text: String) -> Date? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, let month = months.firstIndex(of: String(parts[2])) else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return RFC3339.date("\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z")
    }
}

extension Noun {
    fileprivate static let findings = Noun(
        name: "finding",
        plural: "findings",
        path: "",
        list: "",
        key: "check",
        columns: [Column("state", nil, .state), Column("check"), Column("detail"), Column("advice")],
        shown: ["state", "check", "detail", "advice"]
    )
}
