import Dispatch
import Foundation
import LocalServers
import Testing

@testable import QueueFlowCLI

@Suite(.timeLimit(.minutes(1))) struct ServiceStopperTests {
    /// Starts a shell that says "ready" into its log once its traps are set, and waits for that.
    private func start(_ script: String) async throws -> (process: LeashedProcess, identity: ProcessIdentity) {
        let directory = FileManager.default.temporaryDirectory.appending(path: "stopper-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let ready = directory.appending(path: "ready").path
        guard mkfifo(ready, 0o600) == 0 else { throw TestError("no named pipe") }
        let process = try await LeashedProcess.start(
            LaunchCommand(executable: "/bin/sh", arguments: ["-c", script + "\n", "sh", ready]),
            log: directory.appending(path: "log"),
            removing: directory
        )
        // Opening the pipe for reading returns when the script opens it for writing.
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                close(open(ready, O_RDONLY | O_CLOEXEC))
                continuation.resume()
            }
        }
        return (process, try #require(ProcessIdentity(pid: process.pid)))
    }

    @Test func aProcessIsAskedToEnd() async throws {
        let (process, identity) = try await start(#"trap "exit 3" TERM; : >"$1"; while :; do sleep 0.01; done"#)
        let outcome = await ServiceStopper.stop(Samples.record(.worker, process: identity), within: .seconds(20))
        guard case .stopped = outcome else { throw TestError("the outcome is \(outcome)") }
        #expect(await process.waitForExit() == 3)
        await process.release()
    }

    @Test func aProcessThatTakesTooLongIsKilled() async throws {
        let (process, identity) = try await start(#"trap "" TERM; : >"$1"; while :; do sleep 0.01; done"#)
        let record = Samples.record(.worker, process: identity)
        let outcome = await ServiceStopper.stop(record, within: .milliseconds(100))
        guard case .killed = outcome else { throw TestError("the outcome is \(outcome)") }
        #expect(!identity.isAlive)
        await process.release()
    }

    @Test func aProcessThatGotTheIdOfAnotherIsLeftAlone() async throws {
        let (process, identity) = try await start(#": >"$1"; while :; do sleep 0.01; done"#)
        for other in [
            ProcessIdentity(pid: identity.pid, startTicks: identity.startTicks - 1, boot: identity.boot),
            ProcessIdentity(pid: identity.pid, startTicks: identity.startTicks, boot: "an earlier boot"),
        ] {
            #expect(!other.isAlive)
            other.signal(SIGKILL)
            let outcome = await ServiceStopper.stop(Samples.record(.worker, process: other), within: .seconds(1))
            #expect(outcome == .notRunning)
        }
        #expect(identity.isAlive)
        #expect(process.exitStatus == nil)
        await process.release()
    }
}
