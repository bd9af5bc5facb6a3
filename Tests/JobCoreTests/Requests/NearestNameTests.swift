import Testing

@testable import JobCore

struct NearestNameTests {
    private let known = ["type", "queue", "payload", "priority", "execute_at", "max_attempts"]

    @Test(arguments: [
        ("tpye", nil), ("typ", "type"), ("queues", "queue"), ("pay_load", "payload"), ("priorty", "priority"),
        ("maxAttempts", "max_attempts"), ("PAYLOAD", "payload"), ("color", nil), ("", nil),
    ])
    func aMisspeltNameFindsItsLikeness(_ name: String, nearest: String?) {
        #expect(NearestName.of(name, among: known) == nearest)
    }

    @Test func longNamesAreNotCompared() {
        #expect(NearestName.of(String(repeating: "x", count: 1_000_000), among: known) == nil)
    }
}
