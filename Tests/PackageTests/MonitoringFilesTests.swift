import TestSupport
import Testing

/// What is wrong with a rule, a board or a runbook is said in one line.
@Suite(.timeLimit(.minutes(3)))
struct MonitoringFilesTests {
    /// Copies of the files, each broken in one way.
    @Test func whatIsBrokenIsNamedByFileAndPlace() async throws {
        let (output, code) = try await Python().run("../Monitoring/spoiled.py", [])
        #expect(code == 0, "\(output)")
    }
}
