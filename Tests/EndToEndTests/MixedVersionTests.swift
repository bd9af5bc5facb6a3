import Foundation
import TestSupport
import Testing

/// What an upgrade without downtime rests on: programs of two versions work with each other. The peers of the released version, and of one that is yet to
/// come, are made in Python of the protocol as it was released (`Tests/Interop/released`).
extension EndToEndTests {
    @Test func theProtocolKeepsWhatWasReleased() async throws {
        let protocols = Script.repository.appending(path: "Sources/JobCore/Protocol/Protos")
        let (output, code) = try await Python().run("mixed_versions.py", ["compare", protocols.path])
        #expect(code == 0, "\(output)")
    }

    @Test(arguments: ["worker", "newer-worker"])
    func aWorkerOfAnotherVersionRunsJobs(mode: String) async throws {
        let python = try Python()
        let stack = try await TestStack.start(programs: [.devBroker, .jobService, .scheduler])
        let id = try await stack.submit(#"{"type": "echo", "payload": {"n": 1}}"#)
        let (output, code) = try await python.run(
            "mixed_versions.py",
            [mode, stack.grpcAddress(of: .jobService)],
            ["WORKER_TOKEN": TestStack.workerToken]
        )
        #expect(code == 0, "\(output)")
        let job = try await stack.wait(for: id, toBe: "completed").json
        #expect((job["result"] as? [String: Int])?["n"] == 1)
        await stack.stop()
    }

    @Test(arguments: ["server", "newer-server"])
    func theWorkerRunsJobsOfAJobServiceOfAnotherVersion(mode: String) async throws {
        let python = try Python()
        let stack = try await TestStack.start(programs: [.devBroker, .jobService])
        let (output, code) = try await python.run(
            "mixed_versions.py",
            [mode, TestStack.products.appending(path: "worker").path],
            stack.environment(of: .worker)
        )
        #expect(code == 0, "\(output)")
        await stack.stop()
    }
}
