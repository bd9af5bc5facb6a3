import TestSupport
import Testing

/// What generic gRPC tools see of the three processes, with Python's grpcio as the tool.
extension EndToEndTests {
    @Test func genericToolsListAndCallWhatEveryProcessServes() async throws {
        let python = try Python()
        let servers: [(TestStack.Program, services: [String])] = [
            (.jobService, ["queueflow.control.v1.WorkerControl"]), (.scheduler, []), (.worker, []),
        ]
        try await TestStack.run { stack in
            for (program, services) in servers {
                let arguments = [stack.grpcAddress(of: program)] + services
                let (output, code) = try await python.run("services_client.py", arguments)
                #expect(code == 0, "\(program): \(output)")
                #expect(
                    output.split(separator: "\n").filter { $0.hasPrefix("ok ") }.count == 4,
                    "\(program): \(output)"
                )
            }
        }
    }
}
