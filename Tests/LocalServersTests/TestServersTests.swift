import LocalServers
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct TestServersTests {
    @Test func everyDatabaseIsAnother() async throws {
        let urls = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<5 { group.addTask { try await TestServers.shared.database() } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(urls.count == 5)
    }

    @Test func everyRedisDatabaseIsAnother() async throws {
        #expect(try await TestServers.shared.redis() != TestServers.shared.redis())
    }
}
