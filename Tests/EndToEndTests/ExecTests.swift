import Foundation
import Testing

extension EndToEndTests {
    /// A shell as a job, with a script of its own.
    private func shell(_ script: String) throws -> String {
        let job: [String: Any] = [
            "type": "exec", "max_attempts": 1, "payload": ["command": "/bin/sh", "args": ["-c", script]],
        ]
        return String(decoding: try JSONSerialization.data(withJSONObject: job), as: UTF8.self)
    }

    /// A command asks for all that its user may see of the worker, which is the parent of its parent.
    @Test func aCommandSeesNoSecretOfTheWorker() async throws {
        let variables = ["EXEC_ALLOW": "/bin/sh", "AWS_SECRET_ACCESS_KEY": "a-secret-of-the-terminal"]
        try await TestStack.run([.worker: variables]) { stack in
            let script = """
                worker=$(sed -n 's/^PPid:[[:space:]]*//p' /proc/$PPID/status)
                echo "$worker"; env; cat /proc/$PPID/environ /proc/$worker/environ /proc/$worker/task/*/environ
                head -c 1 /proc/$worker/mem && echo its memory is open
                true
                """
            let id = try await stack.submit(try self.shell(script))
            let result = try #require(try await stack.wait(for: id, toBe: "completed").json["result"] as? [String: Any])
            let stdout = try #require(result["stdout"] as? String)
            #expect(!stdout.contains("memory is open"))
            let pid = try #require(stdout.split(separator: "\n").first.flatMap { pid_t(String($0)) })
            let name = try String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)
            #expect(name == "worker\n", "the script looked at another process")
            // Who runs the tests may be root and see it all: there is nothing to see.
            let seen = try? Data(contentsOf: URL(filePath: "/proc/\(pid)/environ"))
            #expect(geteuid() != 0 || seen != nil)
            for text in [stdout, seen.map { String(decoding: $0, as: UTF8.self) } ?? ""] {
                #expect(!text.contains(TestStack.workerToken) && !text.contains("a-secret-of-the-terminal"))
            }
        }
    }

    /// A worker that is killed cannot end anything; what its commands started, in sessions of their own at that, is ended all the same.
    @Test func nothingOfACommandOutlivesAKilledWorker() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "exec-\(UUID())")
        defer { try? FileManager.default.removeItem(at: file) }
        try await TestStack.run([.worker: ["EXEC_ALLOW": "/bin/sh"]]) { stack in
            let script = """
                trap '' TERM HUP
                setsid sh -c 'trap "" TERM HUP; echo $$ > "$0.part"; mv "$0.part" "$0"; while :; do sleep 1; done' '\(file.path)' &
                while :; do sleep 1; done
                """
            let id = try await stack.submit(try self.shell(script))
            try await stack.wait(for: id, toBe: "running")
            try await stack.waitUntil("the grandchild to run") { FileManager.default.fileExists(atPath: file.path) }
            let text = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
            let grandchild = try #require(pid_t(text))
            #expect(kill(grandchild, 0) == 0)
            await stack.end(.worker, with: SIGKILL)
            try await stack.waitUntil("the grandchild to be gone") { kill(grandchild, 0) != 0 }
        }
    }
}
