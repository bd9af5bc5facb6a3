import Foundation
import Testing

@testable import QueueFlowCLI

@Suite(.timeLimit(.minutes(1))) struct LocalStackTests {
    @Test func theStackOfADirectoryNeedsNoLogin() async throws {
        try await withStack { stack in
            let up = try await stack.queueflow("up", "--no-first-job")
            #expect(up.status == 0, "\(up.output)")
            let wait = try await CommandRun("jobs", "wait", "1", "-o", "name", directory: stack.directory)
            #expect(wait.status == 0 && wait.output == "1\n", "\(wait)")
            let submit = try await CommandRun("jobs", "submit", "noop", directory: stack.directory)
            #expect(submit.status == 0 && submit.output == "1\n", "\(submit)")
            let sessions = stack.kept.root.appending(path: "sessions.toml")
            let attributes = try FileManager.default.attributesOfItem(atPath: sessions.path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let profiles = try await CommandRun("profile", "list", "-o", "jsonl", directory: stack.directory)
            #expect(
                profiles.output.contains(#""name":"local""#) && profiles.output.contains(#""current":true"#),
                "\(profiles)"
            )
            let elsewhere = try await CommandRun("jobs", "list", "--profile", "local")
            #expect(elsewhere.status == CommandStatus.usage.rawValue, "\(elsewhere)")
        }
    }
}
