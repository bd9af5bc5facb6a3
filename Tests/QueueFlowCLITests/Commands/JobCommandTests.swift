import Foundation
import NIOHTTP1
import TestSupport
import Testing

@testable import QueueFlowCLI

@Suite(.timeLimit(.minutes(1))) struct JobCommandTests {
    private static let job = """
        {"id":"0198-1","state":"dead","status":"dead","type":"email.send","queue":"mail","tenant":"default","priority":"high",\
        "payload":{"user":{"id":12345678901234567890}},"attempt":3,"max_attempts":5,"run":3,"tags":["a","b"],\
        "created_at":"2026-11-26T11:58:00.000000Z","execute_at":null,"error":"no \\u001b[31mroute\\nsecond line","result":null,\
        "progress":null,"unhandled":null}
        """

    @Test func aListIsATable() async throws {
        try await TestHTTPServer.run(["GET /jobs": .json(#"{"jobs":[\#(Self.job)],"next_cursor":null}"#)]) { server in
            let run = try await CommandRun(
                "jobs",
                "list",
                "--state",
                "dead,retrying",
                "--since",
                "2h",
                "--payload",
                "user.id=42",
                server: server
            )
            #expect(
                run.output == #"""
                    ID      STATE  TYPE        QUEUE  ATTEMPT  CREATED               ERROR
                    0198-1  dead   email.send  mail         3  2026-11-26T11:58:00Z  no \u{1b}[31mroute\nsecond line

                    """#
            )
            #expect(
                server.calls == [
                    "GET /jobs?state=dead%2Cretrying&created_after=2026-11-26T10%3A00%3A00.000000Z&payload=user.id%3D42&limit=50"
                ]
            )
            #expect(server.asked[0].head.headers.first(name: "X-API-Key") == "a-key")
        }
    }

    @Test func columnsAreAnyMembers() async throws {
        try await TestHTTPServer.run(["GET /jobs": .json(#"{"jobs":[\#(Self.job)],"next_cursor":null}"#)]) { server in
            let run = try await CommandRun(
                "jobs",
                "list",
                "--columns",
                "id,payload.user.id,tags,created",
                "--time",
                "relative",
                server: server
            )
            #expect(
                run.output == """
                    ID      PAYLOAD.USER.ID       TAGS  CREATED
                    0198-1  12345678901234567890  a,b   2m 0s ago

                    """
            )
        }
    }

    @Test(arguments: [
        ("name", "0198-1\n"), ("jsonl", "{\"id\":\"0198-1\",\"payload\":{\"n\":12345678901234567890}}\n"),
        (
            "json",
            """
            [
              {
                "id": "0198-1",
                "payload": {
                  "n": 12345678901234567890
                }
              }
            ]

            """
        ),
    ])
    func outputForPrograms(_ format: String, _ expected: String) async throws {
        let page = #"{"jobs":[{"id": "0198-1", "payload": {"n": 12345678901234567890}}], "next_cursor": null}"#
        try await TestHTTPServer.run(["GET /jobs": .json(page)]) { server in
            let run = try await CommandRun("jobs", "list", "-o", format, server: server)
            #expect(run.output == expected)
            #expect(run.notes == "")
        }
    }

    @Test func pagesAreFollowedUntilThereIsEnough() async throws {
        try await TestHTTPServer.run { asked in
            asked.head.uri.contains("cursor=2")
                ? .json(#"{"jobs":[{"id":"c"},{"id":"d"}],"next_cursor":"3"}"#)
                : asked.head.uri.contains("cursor=1")
                    ? .json(#"{"jobs":[],"next_cursor":"2","is_complete":false}"#)
                    : .json(#"{"jobs":[{"id":"a"},{"id":"b"}],"next_cursor":"1"}"#)
        } _: { server in
            let run = try await CommandRun(
                "jobs",
                "list",
                "--limit",
                "3",
                "-o",
                "name",
                server: server,
                terminal: Terminal(showsNotes: true)
            )
            #expect(run.output == "a\nb\nc\n")
            // The line of progress, which is taken away, comes before.
            let said = run.notes.components(separatedBy: "\r\u{1B}[K")
            #expect(said.last == "There are more than 3; see them with --limit, 0 for all.\n", "\(run.notes)")
            #expect(said.dropLast().allSatisfy { $0.isEmpty || $0.contains(" found, looked through ") }, "\(run.notes)")
            #expect(
                server.calls == ["GET /jobs?limit=3", "GET /jobs?limit=1&cursor=1", "GET /jobs?limit=1&cursor=2"]
            )
        }
    }

    /// Pages with nothing on them, as of a type that none has, are followed with a word about it and only as long as wanted.
    @Test func aSearchTellsHowFarItIsAndEndsInTime() async throws {
        let turn = Turn()
        try await TestHTTPServer.run { _ in
            // Each page leads a second further back.
            let time = String(1_795_694_400_000 - turn.next() * 1_000, radix: 16)
            let id = "\(time.count < 12 ? "0" : "")\(time.prefix(7))-\(time.suffix(4))-7000-8000-000000000000"
            return .json(#"{"jobs":[],"next_cursor":"\#(id)","is_complete":false}"#)
        } _: { server in
            let run = try await CommandRun(
                ["jobs", "list", "--type", "none.such", "--timeout", "500ms"],
                server: server,
                terminal: Terminal(showsNotes: true)
            )
            #expect(run.status == CommandStatus.unreachable.rawValue)
            #expect(run.notes.contains("\r\u{1B}[K0 found, looked back to 2026-11-26T12:00:00Z"), "\(run.notes)")
            #expect(run.notes.contains("Error: the time was up: looked back to 2026-11-26T"), "\(run.notes)")
            #expect(server.asked.count > 2)
            let quiet = try await CommandRun(["jobs", "list", "--timeout", "100ms"], server: server)
            #expect(quiet.notes.hasPrefix("Error: the time was up"), "\(quiet.notes)")
        }
    }

    @Test func aPageThatLeadsToItselfIsNotFollowed() async throws {
        try await TestHTTPServer.run(["GET /jobs": .json(#"{"jobs":[],"next_cursor":"1"}"#)]) { server in
            let run = try await CommandRun("jobs", "list", server: server)
            #expect(run.status == 1 && server.asked.count == 2, "\(run)")
        }
    }

    @Test func submitsOne() async throws {
        try await TestHTTPServer.run(["POST /jobs": .json(Self.job, status: .created)]) { server in
            let run = try await CommandRun(
                "jobs",
                "submit",
                "email.send",
                "--payload",
                "-",
                "--delay",
                "5m",
                "--tag",
                "a",
                "--tag",
                "b",
                server: server,
                input: " {\"to\": 1} \n"
            )
            #expect(run.output == "0198-1\n" && run.status == 0, "\(run)")
            #expect(
                server.asked[0].body == #"{"type":"email.send","payload":{"to": 1},"tags":["a","b"],"delay":300.0}"#
            )
            #expect(server.asked[0].head.headers.first(name: "Idempotency-Key")?.hasPrefix("cli-") == true)
        }
    }

    @Test func submitsLinesInBatches() async throws {
        try await TestHTTPServer.run { asked in
            let count = asked.body.split(separator: "\n").count
            return .json(
                #"{"count":\#(count),"ids":["\#(Array(repeating: "x", count: count).joined(separator: #"",""#))"]}"#
            )
        } _: { server in
            let run = try await CommandRun(
                "jobs",
                "submit",
                "--from",
                "-",
                "--batch-size",
                "2",
                "-o",
                "name",
                server: server,
                input: "{\"type\":\"a\"}\n\n{\"type\":\"b\"}\r\n{\"type\":\"c\"}"
            )
            #expect(run.notes == "3 jobs submitted.\n" && run.output == "x\nx\nx\n", "\(run)")
            #expect(server.asked.map(\.body) == ["{\"type\":\"a\"}\n{\"type\":\"b\"}\r\n", "{\"type\":\"c\"}\n"])
            #expect(server.asked[0].head.headers.first(name: "Content-Type") == "application/x-ndjson")
        }
    }

    @Test func aBatchThatIsRefusedSaysWhichLinesAndWhatWasDone() async throws {
        let turn = Turn()
        try await TestHTTPServer.run { _ in
            turn.next() == 0
                ? .json(#"{"count":1,"ids":["x"]}"#, status: .created)
                : .problem(422, "Bad.", errors: #"[{"field":"jobs[0].type","detail":"must be given"}]"#)
        } _: { server in
            let run = try await CommandRun(
                "jobs",
                "submit",
                "--from",
                "-",
                "--batch-size",
                "1",
                server: server,
                input: "{\"type\":\"a\"}\n{}\n"
            )
            #expect(run.status == CommandStatus.usage.rawValue)
            #expect(
                run.notes
                    == "Error: lines 2 to 2: jobs[0].type: must be given (the 1 jobs before line 2 were submitted)\n"
            )
        }
    }

    @Test(arguments: [("completed", CommandStatus.success), ("dead", .jobFailed), ("cancelled", .jobCancelled)])
    func waitingTellsHowAJobEnded(_ state: String, _ status: CommandStatus) async throws {
        try await TestHTTPServer.run([
            "GET /jobs/1": .json(#"{"id":"1","state":"\#(state)","error":"it broke"}"#),
            "GET /jobs/2": .json(#"{"id":"2","state":"completed"}"#),
        ]) { server in
            let run = try await CommandRun("jobs", "wait", "1", "2", "-o", "name", server: server)
            #expect(run.status == status.rawValue && run.output == "1\n2\n", "\(run)")
            if state == "dead" { #expect(run.notes == "Error: the job 1 is dead: it broke\n") }
        }
    }

    @Test func waitingEndsWhenTheTimeIsUp() async throws {
        try await TestHTTPServer.run(["GET /jobs/1": .json(#"{"id":"1","state":"running"}"#)]) { server in
            let run = try await CommandRun("jobs", "wait", "1", "--timeout", "100ms", server: server)
            #expect(run.status == CommandStatus.unreachable.rawValue)
            #expect(run.notes.contains("still running as the time is up"), "\(run)")
        }
    }

    @Test func aJobIsShownWithItsAttempts() async throws {
        try await TestHTTPServer.run([
            "GET /jobs/0198-1": .json(Self.job),
            "GET /jobs/0198-1/attempts": .json(
                #"{"attempts":[{"run":3,"attempt":3,"outcome":"failed","kind":"error","error":"x","worker_id":"w","started_at":"2026-11-26T11:58:01Z","ended_at":null}]}"#
            ),
        ]) { server in
            let run = try await CommandRun("jobs", "get", "0198-1", server: server)
            #expect(run.output.contains("state         dead\n"), "\(run.output)")
            #expect(run.output.contains("payload       {\n                \"user\": {"), "\(run.output)")
            #expect(run.output.contains("\nAttempts\n  RUN  ATTEMPT  OUTCOME  KIND"), "\(run.output)")
            #expect(!run.output.contains("\u{1B}"), "an error cannot command a terminal")
        }
    }

    @Test func oneByOneEachFailureIsTold() async throws {
        try await TestHTTPServer.run([
            "POST /jobs/1/cancel": .json("{}"), "POST /jobs/2/cancel": .problem(409, "The job has ended."),
            "POST /jobs/3/cancel": .json("{}", status: .accepted),
        ]) { server in
            let run = try await CommandRun("jobs", "cancel", "1", "2", "3", "--yes", server: server)
            #expect(run.output == "1 cancelled\n3 is being cancelled\n")
            #expect(run.notes == "Error: 2: The job has ended.\n")
            #expect(run.status == CommandStatus.conflict.rawValue)
        }
    }

    @Test func whatCannotBeUndoneNeedsAYes() async throws {
        try await TestHTTPServer.run(["DELETE /jobs/1": .json("", status: .noContent)]) { server in
            let refused = try await CommandRun("jobs", "delete", "1", server: server)
            #expect(refused.status == CommandStatus.usage.rawValue && refused.notes.contains("--yes"), "\(refused)")
            let asking = Terminal(asks: true)
            let no = try await CommandRun("jobs", "delete", "1", server: server, input: "\n", terminal: asking)
            #expect(
                no.status == CommandStatus.failure.rawValue && no.notes.hasSuffix("[y/N] Error: nothing was done\n"),
                "\(no)"
            )
            #expect(server.asked.isEmpty)
            let yes = try await CommandRun("jobs", "delete", "1", server: server, input: "y\n", terminal: asking)
            #expect(yes.status == 0 && yes.output == "1 deleted\n", "\(yes)")
            #expect(server.calls == ["DELETE /jobs/1"])
        }
    }

    @Test func whatAFilterFindsIsAnOperation() async throws {
        let turn = Turn()
        try await TestHTTPServer.run { asked in
            if asked.body.contains(#""dry_run":true"#) {
                return .json(#"{"matched":3,"is_exact":true,"examples":["a"]}"#)
            }
            let state = turn.next() < 2 ? "running" : "done"
            return .json(
                #"{"id":"op1","kind":"retry","state":"\#(state)","matched":3,"examined":3,"changed":2,"skipped":1,"error":null}"#
            )
        } _: { server in
            let dry = try await CommandRun(
                "jobs",
                "retry",
                "--state",
                "dead",
                "--type",
                "x",
                "--dry-run",
                server: server
            )
            #expect(dry.output == "3 jobs would be queued\n  a\n" && dry.status == 0, "\(dry)")
            let run = try await CommandRun(
                "jobs",
                "retry",
                "--state",
                "dead",
                "--type",
                "x",
                "--rate",
                "10",
                "--payload-patch",
                #"{"a":null}"#,
                "--yes",
                "-o",
                "jsonl",
                server: server
            )
            #expect(run.status == 0 && run.output.contains(#""state":"done""#), "\(run)")
            #expect(
                server.asked[2].body
                    == #"{"kind":"retry","filter":{"state":["dead"],"type":"x"},"rate":10.0,"payload":{"a":null}}"#
            )
        }
    }

    @Test func aFailedOperationFails() async throws {
        try await TestHTTPServer.run { asked in
            asked.body.contains("dry_run")
                ? .json(#"{"matched":1,"is_exact":true,"examples":[]}"#)
                : .json(#"{"id":"op1","state":"failed","error":"no luck"}"#)
        } _: { server in
            let run = try await CommandRun("dlq", "replay", "--all", "--yes", server: server)
            #expect(run.status == 1 && run.notes == "Error: the operation op1 failed: no luck\n", "\(run)")
            #expect(server.asked[1].body == #"{"kind":"retry","filter":{"state":["dead"]}}"#)
        }
    }
}
