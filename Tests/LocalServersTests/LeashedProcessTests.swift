import Foundation
import Testing

@testable import LocalServers

@Suite(.timeLimit(.minutes(1))) struct LeashedProcessTests {
    private func shell(_ script: String, _ arguments: String...) -> LaunchCommand {
        LaunchCommand(executable: "/bin/sh", arguments: ["-c", script, "sh"] + arguments)
    }

    @Test func theExitStatusIsReported() async throws {
        try await withScratchDirectory { scratch in
            let process = try await LeashedProcess.start(shell("exit 7"), log: scratch.appending(path: "log"))
            #expect(await process.waitForExit() == 7)
            #expect(process.exitStatus == 7)
            await process.release()
        }
    }

    @Test func aSignalShowsAsAShellShowsIt() async throws {
        try await withScratchDirectory { scratch in
            let process = try await LeashedProcess.start(shell("kill -9 $$"), log: scratch.appending(path: "log"))
            #expect(await process.waitForExit() == 137)
            await process.release()
        }
    }

    @Test func aMissingExecutableIsStatus127AndInTheLog() async throws {
        try await withScratchDirectory { scratch in
            let log = scratch.appending(path: "log")
            let process = try await LeashedProcess.start(LaunchCommand(executable: "/no/such/program"), log: log)
            #expect(await process.waitForExit() == 127)
            #expect(LogTail.read(log).contains("/no/such/program"))
            await process.release()
        }
    }

    @Test func aMissingWorkingDirectoryIsAnError() async throws {
        try await withScratchDirectory { scratch in
            var command = shell("exit 0")
            command.workingDirectory = scratch.appending(path: "absent")
            await #expect(throws: LocalServerError.self) {
                try await LeashedProcess.start(command, log: scratch.appending(path: "log"))
            }
        }
    }

    @Test func releasingARunningProcessEndsItAndRemovesItsDirectory() async throws {
        try await withScratchDirectory { scratch in
            let directory = scratch.appending(path: "its-own")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let process = try await LeashedProcess.start(
                shell("exec sleep 1000"),
                log: scratch.appending(path: "log"),
                removing: directory
            )
            #expect(isRunning(process.pid))
            await process.release()
            #expect(!isRunning(process.pid))
            #expect(!FileManager.default.fileExists(atPath: directory.path))
        }
    }

    @Test func releasingAProcessEndsItsChildrenToo() async throws {
        try await withScratchDirectory { scratch in
            let log = scratch.appending(path: "log")
            let process = try await LeashedProcess.start(shell("sleep 1000 & echo $!; wait"), log: log)
            try await eventually("it has a child") { Int32(LogTail.read(log)) != nil }
            let child = try #require(Int32(LogTail.read(log)))
            #expect(isRunning(child))
            await process.release()
            try await eventually("the child has ended") { !isRunning(child) }
        }
    }

    @Test func forgettingAProcessEndsItToo() async throws {
        try await withScratchDirectory { scratch in
            var process: LeashedProcess? = try await LeashedProcess.start(
                shell("exec sleep 1000"),
                log: scratch.appending(path: "log")
            )
            let pid = try #require(process?.pid)
            #expect(isRunning(pid))
            process = nil
            try await eventually("the process has ended") { !isRunning(pid) }
        }
    }

    @Test func theDirectoryStaysIfWanted() async throws {
        try await withScratchDirectory { scratch in
            let directory = scratch.appending(path: "its-own")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let process = try await LeashedProcess.start(
                shell("exit 0"),
                log: scratch.appending(path: "log"),
                removing: directory
            )
            await process.release(keepingDirectory: true)
            #expect(FileManager.default.fileExists(atPath: directory.path))
        }
    }

    @Test func stoppingAProcessThatWillNotStopKillsIt() async throws {
        try await withScratchDirectory { scratch in
            let log = scratch.appending(path: "log")
            let process = try await LeashedProcess.start(
                shell(#"trap "" TERM; echo ready; while :; do sleep 0.01; done"#),
                log: log
            )
            try await eventually("its trap is set") { LogTail.read(log) == "ready" }
            await process.stop(grace: .milliseconds(50))
            #expect(process.exitStatus == 137)
            await process.release()
        }
    }

    @Test func nothingOfThisProcessIsInherited() async throws {
        try await withScratchDirectory { scratch in
            // Open without close-on-exec, as a careless library would.
            let leak = open("/dev/null", O_RDONLY)
            defer { close(leak) }
            let log = scratch.appending(path: "log")
            let process = try await LeashedProcess.start(
                LaunchCommand(executable: "/bin/ls", arguments: ["/proc/self/fd"], environment: [:]),
                log: log
            )
            #expect(await process.waitForExit() == 0)
            // The three standard ones, and the one with which `ls` reads the directory.
            #expect(LogTail.read(log).split(separator: "\n") == ["0", "1", "2", "3"])
            await process.release()
        }
    }

    @Test func waitingEndsWithTheTimeOrTheTask() async throws {
        try await withScratchDirectory { scratch in
            let process = try await LeashedProcess.start(shell("exec sleep 1000"), log: scratch.appending(path: "log"))
            #expect(await process.waitForExit(within: .milliseconds(10)) == nil)
            let waiting = Task { await process.waitForExit() }
            waiting.cancel()
            #expect(await waiting.value == nil)
            await process.release()
        }
    }

    @Test func theSupervisingScriptPassesShellcheck() async throws {
        guard let shellcheck = try? Executables.find("shellcheck", package: "shellcheck") else { return }
        try await withScratchDirectory { scratch in
            let file = scratch.appending(path: "leash.sh")
            try Data("#!/bin/sh\n\(Leash.script)\n".utf8).write(to: file)
            #expect(try await output(of: shellcheck, [file.path]) == [])
        }
    }
}
