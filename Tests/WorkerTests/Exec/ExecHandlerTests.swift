import Foundation
import Testing

@testable import QueueFlowWorker
@testable import Worker

@Suite(.timeLimit(.minutes(1))) struct ExecHandlerTests {
    private let handler = ExecHandler(
        allowed: ["/bin/cat", "/bin/sh", "/usr/bin/env", "/bin/echo", "/no/such/command"],
        guardian: Self.worker
    )

    /// The worker built with these tests, beside which it lies.
    private static let worker = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appending(path: "worker").path

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
        let missing = await Ending.of(handler, try job("/no/such/command")).failureReason
        #expect(missing?.contains("/no/such/command: No such file or directory") == true)
        let killed = await Ending.of(handler, try job("/bin/sh", ["-c", "kill -SEGV $$"]))
        #expect(killed == .failed("the command was ended by signal 11"))
    }

    /// The parent of a command is its guard, which knows nothing, and tells no more of itself.
    @Test func aCommandSeesNothingOfItsParent() async throws {
        let script = "cat /proc/$PPID/environ; head -c 1 /proc/$PPID/mem; true"
        let json = try #require(await Ending.of(handler, try job("/bin/sh", ["-c", script])).json)
        #expect(json["stdout"] as? String == "")
        let complaints = try #require(json["stderr"] as? String).split(separator: "\n")
        #expect(complaints.count == 2 && complaints.allSatisfy { $0.contains("Permission denied") }, "\(complaints)")
    }

    /// A session of one's own is a process group of one's own: no signal to the command's group reaches it.
    @Test(arguments: [true, false]) func whatTookASessionOfItsOwnIsEnded(_ isCancelled: Bool) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "exec-\(UUID())")
        defer { try? FileManager.default.removeItem(at: file) }
        let script = """
            setsid sh -c 'trap "" TERM HUP; echo $$ > "$0.part"; mv "$0.part" "$0"; while :; do sleep 1; done' '\(file.path)' &
            while ! [ -e '\(file.path)' ]; do sleep 0.01; done
            \(isCancelled ? "sleep 1000" : "exit 0")
            """
        let job = try job("/bin/sh", ["-c", script])
        let run = Task { await Ending.of(handler, job) }
        while !FileManager.default.fileExists(atPath: file.path) { try await Task.sleep(for: .milliseconds(10)) }
        let text = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let grandchild = try #require(pid_t(text))
        if isCancelled { run.cancel() }
        let ending = await run.value
        #expect(isCancelled || ending.json?["exit_code"] as? Int == 0, "\(ending)")
        // The guard ends after all that it guards, and leaves no process for others to take note of.
        #expect(kill(grandchild, 0) != 0)
    }

    /// The child of a command that has ended still holds its standard output: its reader must not wait for it.
    @Test func aChildThatHoldsTheOutputKeepsNobodyWaiting() async throws {
        let json = await Ending.of(handler, try job("/bin/sh", ["-c", "sleep 1000 & echo done"])).json
        #expect(json?["stdout"] as? String == "done\n")
    }

    @Test(.enabled(if: geteuid() == 0)) func aCommandRunsAsTheAccountThatIsSet() async throws {
        let nobody = try #require(ExecAccount("nobody"))
        #expect(ExecAccount("\(nobody.user)") == nobody && ExecAccount("no such account") == nil)
        let handler = ExecHandler(allowed: ["/bin/sh"], account: nobody, guardian: Self.worker)
        let json = await Ending.of(handler, try job("/bin/sh", ["-c", "id -u; id -G; sleep 1000 & exit 0"])).json
        #expect(json?["stdout"] as? String == "\(nobody.user)\n\(nobody.group)\n")
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
        #expect(kill(child, 0) != 0)
    }

    @Test func childrenThatACommandLeavesBehindAreEnded() async throws {
        let script = "sh -c 'while :; do sleep 1; done' > /dev/null 2>&1 & echo $!"
        let json = await Ending.of(handler, try job("/bin/sh", ["-c", script])).json
        let text = try #require(json?["stdout"] as? String)
        let child = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(kill(child, 0) != 0)
    }
}
