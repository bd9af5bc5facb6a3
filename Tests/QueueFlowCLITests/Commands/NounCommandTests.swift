import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import QueueFlowCLI

@Suite(.timeLimit(.minutes(1))) struct NounCommandTests {
    /// What a command line asks the server for: method, target and body of each call.
    struct Asking: Sendable, CustomTestStringConvertible {
        var line: [String]
        var calls: [String]
        var testDescription: String { line.joined(separator: " ") }

        init(_ line: String, _ calls: String...) {
            // Words in single quotes stay together.
            self.line = line.split(separator: "'", omittingEmptySubsequences: false).enumerated().flatMap {
                index,
                part in
                index % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
            }
            self.calls = calls
        }
    }

    private static let id = "01980000-0000-7000-8000-000000000001"

    static let askings: [Asking] = [
        Asking("queues list --tenant acme", "GET /queues?tenant=acme&limit=100 "),
        Asking("queues get a.b --tenant acme", "GET /queues/a.b?tenant=acme "),
        Asking("queues pause a b", "POST /queues/a/pause ", "POST /queues/b/pause "),
        Asking("queues resume a", "POST /queues/a/resume "),
        Asking("queues set a --max-depth 10", #"PUT /queues/a {"max_depth":10}"#),
        Asking("queues set a --max-depth none --tenant t", #"PUT /queues/a?tenant=t {"max_depth":null}"#),
        Asking("queues delete a --yes", "DELETE /queues/a "),
        Asking("workers list --limit 0", "GET /workers?limit=100 "), Asking("workers get w", "GET /workers/w "),
        Asking("workers drain w --yes", "POST /workers/w/drain "),
        Asking(
            "dlq groups --type x --since 1h",
            "GET /dead-letters/groups?type=x&died_after=2026-11-26T11%3A00%3A00.000000Z&limit=50 "
        ),
        Asking("dlq list --reason unhandled", "GET /dead-letters?reason=unhandled&limit=50 "),
        Asking("dlq drop \(id) --yes", "DELETE /dead-letters/\(id) "),
        Asking("dlq replay \(id)", "POST /jobs/\(id)/retry "),
        Asking("schedules list", "GET /schedules?limit=50 "), Asking("schedules get \(id)", "GET /schedules/\(id) "),
        Asking("schedules pause nightly", "GET /schedules?limit=100 ", "POST /schedules/\(id)/pause "),
        Asking("schedules trigger \(id)", "POST /schedules/\(id)/trigger "),
        Asking("schedules delete \(id) --yes", "DELETE /schedules/\(id) "),
        Asking(
            "schedules create nightly --cron '0 2 * * *' --timezone Europe/Berlin --type report --overlap skip --payload '[1]'",
            #"POST /schedules {"name":"nightly","cron":"0 2 * * *","timezone":"Europe/Berlin","type":"report","overlap":"skip","payload":[1]}"#
        ),
        Asking(
            "schedules edit \(id) --priority high",
            "GET /schedules/\(id) ",
            #"PUT /schedules/\#(id) {"name":"nightly","cron":"@daily","priority":"high"}"#
        ),
        Asking("schedules runs \(id) --limit 5", "GET /schedules/\(id)/runs?limit=5 "),
        Asking("schedules preview --cron '@every 1h' --count 2", "GET /schedules/preview?cron=%40every%201h&count=2 "),
        Asking("users list", "GET /users?limit=50 "),
        Asking(
            "users create ada --role admin --password-stdin",
            #"POST /users {"username":"ada","password":"secret","role":"ADMIN"}"#
        ),
        Asking("users edit \(id) --disable-account", #"PATCH /users/\#(id) {"disabled":true}"#),
        Asking("users delete \(id) --yes", "DELETE /users/\(id) "),
        Asking(
            "keys create ci --role user --scope jobs:read --scope jobs:write --expires 1d",
            #"POST /api-keys {"name":"ci","role":"USER","scopes":["jobs:read","jobs:write"],"expires_at":"2026-11-27T12:00:00.000000Z"}"#
        ),
        Asking("keys revoke k --yes", "DELETE /api-keys/k "),
        Asking("keys list --tenant t", "GET /api-keys?tenant=t&limit=50 "),
        Asking("tenants list --state active", "GET /tenants?state=active&limit=50 "),
        Asking("tenants create t --limit queues=5", #"POST /tenants {"name":"t","own_limits":{"queues":5}}"#),
        Asking("tenants edit t --limit queues=none", #"PATCH /tenants/t {"own_limits":{"queues":null}}"#),
        Asking("tenants suspend t --yes", "POST /tenants/t/suspend "),
        Asking("tenants delete t --yes", "DELETE /tenants/t "),
        Asking("audit --actor ada --limit 3", "GET /audit-log?actor=ada&limit=3 "),
        Asking("ops list", "GET /operations?limit=50 "), Asking("ops get o", "GET /operations/o "),
        Asking("ops stop o", "POST /operations/o/stop "), Asking("ops watch o", "GET /operations/o "),
        Asking("jobs count --state dead", "GET /jobs/count?state=dead "),
        Asking("jobs log j", "GET /jobs/j?fields=state ", "GET /jobs/j/log?limit=2560 "),
        Asking("jobs explain j", "GET /jobs/j/explanation "),
        Asking(
            "jobs edit j --priority low --run-at 1h --no-tags",
            #"PATCH /jobs/j {"priority":"low","tags":[],"execute_at":"2026-11-26T13:00:00.000000Z"}"#
        ),
        Asking("whoami", "GET /me "),
    ]

    /// An answer that has a little of everything.
    private static let answer = #"""
        {"id":"\#(id)","name":"nightly","cron":"@daily","state":"done","summary":"soon","reasons":[],"next":[],"lines":[],\#
        "schedules":[{"id":"\#(id)","name":"nightly"}],"count":3,"is_exact":true,"subject":"ada","jobs":[],"queues":[],"workers":[],\#
        "groups":[],"dead_letters":[],"users":[],"api_keys":[],"tenants":[],"records":[],"operations":[],"runs":[]}
        """#

    @Test(arguments: askings) func aCommandLineIsCalls(_ asking: Asking) async throws {
        try await TestHTTPServer.run { _ in
            .json(Self.answer)
        } _: { server in
            let run = try await CommandRun(asking.line, server: server, input: "secret\n")
            #expect(run.status == 0, "\(run.notes)")
            #expect(server.asked.map { "\($0.head.method) \($0.head.uri) \($0.body)" } == asking.calls)
        }
    }

    @Test func whatChangedMeanwhileIsNotUndone() async throws {
        try await TestHTTPServer.run { asked in
            asked.head.method == .GET
                ? .init(headers: ["ETag": #""3""#], body: #"{"name":"n","cron":"@daily"}"#)
                : .problem(412, "It has changed.")
        } _: { server in
            let run = try await CommandRun("schedules", "edit", Self.id, "--cron", "@hourly", server: server)
            #expect(run.status == CommandStatus.conflict.rawValue)
            #expect(server.asked[1].head.headers.first(name: "If-Match") == #""3""#)
        }
    }

    @Test func dryRunsCallNothing() async throws {
        try await TestHTTPServer.run { _ in
            .json("{}")
        } _: { server in
            let pause = try await CommandRun("queues", "pause", "a", "--dry-run", server: server)
            #expect(pause.output == "would call POST http://127.0.0.1:\(server.port)/queues/a/pause\n")
            let delete = try await CommandRun("jobs", "delete", "a", "--dry-run", server: server)
            #expect(delete.output == "a would be deleted\n")
            #expect(server.asked.isEmpty)
        }
    }

    @Test func benchCountsWhatWasTakenAndCompleted() async throws {
        try await TestHTTPServer.run { asked in
            if asked.head.method == .POST { return .json(#"{"id":"x"}"#, status: .created) }
            let jobs = (0..<20).map {
                #"{"id":"\#($0)","state":"completed","created_at":"2026-11-26T12:00:00Z","finished_at":"2026-11-26T12:00:0\#($0 % 2 + 1)Z"}"#
            }
            return .json(#"{"jobs":[\#(jobs.joined(separator: ","))],"next_cursor":null}"#)
        } _: { server in
            let run = try await CommandRun(
                "bench",
                "--count",
                "20",
                "--concurrency",
                "4",
                "--poll",
                "-o",
                "jsonl",
                server: server
            )
            #expect(run.status == 0, "\(run)")
            #expect(
                run.output.contains(
                    #""completed":20,"completed_per_second":10.0,"job_seconds":{"p50":1.0,"p95":2.0,"p99":2.0}"#
                ),
                "\(run)"
            )
            #expect(server.asked.filter { $0.head.method == .POST }.count == 20)
        }
    }

    @Test func benchSendsBatches() async throws {
        try await TestHTTPServer.run { _ in
            .json("{}", status: .created)
        } _: { server in
            let run = try await CommandRun(
                "bench",
                "--count",
                "25",
                "--batch",
                "10",
                "--concurrency",
                "1",
                server: server
            )
            #expect(run.status == 0, "\(run)")
            #expect(server.asked.map { $0.body.split(separator: "\n").count } == [10, 10, 5])
        }
    }

    @Test func theDoctorTellsWhatToDo() async throws {
        try await TestHTTPServer.run { asked in
            switch asked.head.uri.prefix(while: { $0 != "?" }) {
            case "/healthz": .init(headers: ["Date": "Thu, 26 Nov 2020 12:00:00 GMT"], body: #"{"status":"ok"}"#)
            case "/readyz":
                .json(
                    #"{"status":"ready","checks":[{"name":"postgres","status":"pass"},{"name":"kafka","status":"warn","reason":"no broker answers"}]}"#
                )
            case "/overview":
                .json(
                    #"{"at":"2026-11-26T12:00:00Z","components":{"redis":"away"},"scheduler_seen_at":"2026-11-26T11:00:00Z"}"#
                )
            case "/workers": .json(#"{"workers":[],"unhandled_types":[{"type":"x"}]}"#)
            case "/openapi.json": .json(#"{"info":{"version":"1"},"paths":{"/operations":{}}}"#)
            default: .json(#"{"subject":"ada","role":"ADMIN","tenant":"t"}"#)
            }
        } _: { server in
            let run = try await CommandRun("doctor", server: server)
            #expect(run.status == 1)
            for line in [
                #/ok +server/#, #/bad +clock .* behind this machine's/#, #/ok +postgres/#,
                #/warn +kafka +no broker answers/#,
                #/warn +redis +away/#, #/bad +scheduler +was seen 1h 0m ago/#,
                #/ok +credential +ada, ADMIN of tenant t/#,
                #/bad +workers +0 with 0 slots/#, #/warn +handlers .* x/#, #/ok +API +version 1/#,
            ] { #expect(run.output.contains(line), "\(run.output)") }
        }
        let away = try await CommandRun("doctor", environment: ["QUEUEFLOW_URL": "http://127.0.0.1:1"])
        #expect(away.status == 1 && away.output.contains("does not answer"), "\(away)")
    }
}
