import Logging
import Testing

@testable import Kafka

@Suite struct LogLineTests {
    @Test(arguments: [
        (
            "[thrd:127.0.0.1:9092/bootstrap]: 127.0.0.1:9092/1: Connect to ipv4#127.0.0.1:9092 failed: refused",
            ["thread": "127.0.0.1:9092/bootstrap", "broker": "127.0.0.1:9092/1"],
            "Connect to ipv4#127.0.0.1:9092 failed: refused"
        ),
        (
            "[thrd:127.0.0.1:9092/bootstrap]: 1/1 brokers are down", ["thread": "127.0.0.1:9092/bootstrap"],
            "1/1 brokers are down"
        ),
        (
            "[thrd:GroupCoordinator]: GroupCoordinator: 127.0.0.1:9092: Disconnected",
            ["thread": "GroupCoordinator", "broker": "GroupCoordinator"], "127.0.0.1:9092: Disconnected"
        ),
        (
            "[thrd:main]: Consumer group session timed out: revoking", ["thread": "main"],
            "Consumer group session timed out: revoking"
        ),
        ("no more than a text", [:], "no more than a text"), ("", [:], ""), ("[thrd:main]: ", ["thread": "main"], ""),
    ])
    func eachFactHasItsField(_ line: String, _ fields: [String: String], _ text: String) {
        #expect(RDKafkaLog.fields(of: line).mapValues(\.description) == fields.merging(["text": text]) { $1 })
    }
}
