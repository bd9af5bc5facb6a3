import TestSupport
import Testing

extension EndToEndTests {
    /// Dead letters, schedules, queues, workers, operations and what administrators do, in a real browser.
    @Test func everyPageOfTheDashboardDoesWhatItSays() async throws {
        let python = try Python()
        try await TestStack.run { stack in
            let (output, code) = try await python.run(
                "dashboard_pages.py",
                [stack.url, "admin", TestStack.adminPassword]
            )
            #expect(code == 0, "\(output)")
        }
    }
}
