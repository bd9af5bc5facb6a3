import Foundation
import Testing

@testable import QueueFlowWorker
@testable import Worker

@Suite(.timeLimit(.minutes(1))) struct ExecHandlerTests {
    private let handler = ExecHandler(allowed: ["/bin/cat", "/bin/sh", "/usr/bin/env", "/bin/echo", "/no/such/command"])

    private func job(_ command: String, _ args: [String] = []) throws -> RunningJob {
        let payload = try JSONSerialization.data(
            withJSONObject: ["command": command, "args": args],
            options: .sortedKeys
        )
        return .made("exec", String(decoding: payload, as: UTF8.self))
    }

    @Test func aCommandReadsThePayloadAndItsOutputIsKept() async throws {
        let job = try job("/bin/cat")
        let json = try #require(await Ending.of(handler, job).json)
        #expect(json["stdout"] as? String == String(decoding: job.payload, as: UTF8.self))
        #expect(json["exit_code"] as? Int == 0)
    }

    @Test(arguments: ["cat", "/bin/../bin/cat", "/usr/bin/id", "", "/bin/cat "])
    func whatIsNotListedIsNotRun(_ command: String) async throws {
        let reason = await Ending.of(handler, try job(command)).discardReason
        #expect(reason?.contains("EXEC_ALLOW") == true)
    }

    @Test func noShellReadsTheArguments() async throws {
        let arguments = ["$HOME; id", "`id`", "$(id)", "a b", "*", "&& id"]
        let json = await Ending.of(handler, try job("/bin/echo", arguments)).json
        #expect(json?["stdout"] as? String == arguments.joined(separator: " ") + "\n")
    }

    @Test func theWorkersEnvironmentStaysItsOwn() async throws {
        let job = try job("/usr/bin/env")
        let text = try #require(await Ending.of(handler, job).json?["stdout"] as? String)
        let names = Set(text.split(separator: "\n").map { String($0.prefix { $0 != "=" }) })
        #expect(names == ["PATH", "LANG", "QUEUEFLOW_JOB_ID", "QUEUEFLOW_ATTEMPT"])
        #expect(text.contains("QUEUEFLOW_JOB_ID=\(job.id)"))
    }

    @Test func aFailureTellsTheExitCodeAndWhatWasComplainedOf() async throws {
        let ending = await Ending.of(handler, try job("/bin/sh", ["-c", "echo broken >&2; exit 3"]))
        #expect(ending == .failed("the command ended with exit code 3: broken\n"))
        #expect(await Ending.of(handler, try job("/no/such/command")).failureReason != nil)
    }

    @Test func tooMuchOutputEndsTheCommand() async throws {
        let ending = await Ending.of(
            handler,
            try job("/bin/sh", ["-c", "while :; do echo xxxxxxxxxxxxxxxxxxxx; done"])
        )
        #expect(ending.discardReason?.contains("more than") == true, "\(ending)")
    }

    /// A command that cannot be asked to end, with a child that cannot either; the child says who it is.
    @Test func aCancelledCommandIsEndedWithItsChildren() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "exec-\(UUID())")
        defer { try? FileManager.default.removeItem(at: file) }
        let script = """
            trap '' TERM
            sh -c 'trap "" TERM; echo $$ > "$0.part"; mv "$0.part" "$0"; while :; do sleep 1; done' '\(file.path)' &
            while :; do sleep 1; done
            """
        let job = try job("/bin/sh", ["-c", script])
        let run = Task { await Ending.of(handler, job) }
        while !FileManager.default.fileExists(atPath: file.path) { try await Task.sleep(for: .milliseconds(10)) }
        let child = try #require(
            pid_t(try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines))
        )
        #expect(kill(child, 0) == 0)
        run.cancel()
        _ = await run.value
        // Killed it is; gone it is once its parent, which is init now, has taken note.
        while kill(child, 0) == 0, !Self.isZombie(child) { try await Task.sleep(for: .milliseconds(10)) }
    }

    @Test func childrenThatACommandLeavesBehindAreEnded() async throws {
        let script = "sh -c 'while :; do sleep 1; done' > /dev/null 2>&1 & echo $!"
        let json = await Ending.of(handler, try job("/bin/sh", ["-c", script])).json
        let text = try #require(json?["stdout"] as? String)
        let child = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        while kill(child, 0) == 0, !Self.isZombie(child) { try await Task.sleep(for: .milliseconds(10)) }
    }

    private static func isZombie(_ process: pid_t) -> Bool {
        let stat = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        return stat.split(separator: ")").last?.split(separator: " ").first == "Z"
    }
}
