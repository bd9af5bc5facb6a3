import TestSupport
import Testing

/// What programs find that know of QueueFlow nothing but its description.
extension EndToEndTests {
    /// A page of ordinary use is checked by types against a generated client, and run; then each call is made, and held against what is said of it.
    @Test func theDescriptionIsTrueAndAClientCanBeMadeOfIt() async throws {
        let python = try Python()
        try await TestStack.run { stack in
            for script in ["typed_client.py", "rest_description.py"] {
                let (output, code) = try await python.run(script, [stack.url, "admin", TestStack.adminPassword])
                #expect(code == 0, "\(script): \(output)")
            }
        }
    }
}
