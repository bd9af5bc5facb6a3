import JobCore
import Kafka
import Testing

@testable import QueueFlowWorker

struct WorkerConfigurationTests {
    private func group(_ queues: [String], of tenant: String? = nil, topics: JobTopics = JobTopics()) -> String {
        WorkerConfiguration(
            controlAddresses: ["localhost:1"],
            token: "t",
            kafka: KafkaConnection(brokers: "localhost:1"),
            queues: queues.map(QueueName.init(validated:)),
            topics: topics
        ).group(of: tenant.map(TenantName.init(validated:)))
    }

    /// Workers share the records of what they all serve; those that serve something else get their own.
    @Test func theGroupIsThatOfThePool() {
        #expect(group([]) == "queueflow-workers")
        #expect(group(["a", "b"]) == group(["b", "a", "a"]))
        let all = [
            group([]), group(["a"]), group(["b"]), group(["a", "b"]), group(["a-b"]), group([], of: "a"),
            group(["b"], of: "a"), group(["a"], of: "b"), group(["a", "b"], of: "a"),
        ]
        #expect(Set(all).count == all.count)
    }

    /// Two installations on one Kafka must not share records: a member of the other one's group would throw them away.
    @Test func anotherInstallationHasGroupsOfItsOwn() throws {
        let topics = try #require(JobTopics(prefix: "staging"))
        #expect(group([], topics: topics) == "staging-workers")
        #expect(group(["a"], topics: topics) != group(["a"]))
    }

    @Test func itsNameStaysShortForAnyNumberOfQueues() {
        let name = group((0..<5_000).map { "queue.\($0)" }, of: "tenant")
        #expect(name.utf8.count < 64)
        #expect(name.utf8.allSatisfy(QueueName.allows))
    }
}
