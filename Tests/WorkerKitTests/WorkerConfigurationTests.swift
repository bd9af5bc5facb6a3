import GRPC
import JobCore
import Testing

@testable import QueueFlowWorker

struct WorkerConfigurationTests {
    private func group(_ queues: [String], of tenant: String? = nil, prefix: String? = nil) throws -> String {
        let configuration = WorkerConfiguration(
            controlAddresses: ["localhost:1"],
            token: "t",
            kafkaBrokers: "localhost:1",
            topicPrefix: prefix,
            queues: queues
        )
        return try CheckedConfiguration(configuration, types: ["t"]).group(of: tenant.map(TenantName.init(validated:)))
    }

    /// Workers share the records of what they all serve; those that serve something else get their own.
    @Test func theGroupIsThatOfThePool() throws {
        #expect(try group([]) == "queueflow-workers")
        #expect(try group(["a", "b"]) == group(["b", "a", "a"]))
        let all = try [
            group([]), group(["a"]), group(["b"]), group(["a", "b"]), group(["a-b"]), group([], of: "a"),
            group(["b"], of: "a"), group(["a"], of: "b"), group(["a", "b"], of: "a"),
        ]
        #expect(Set(all).count == all.count)
    }

    /// Two installations on one Kafka must not share records: a member of the other one's group would throw them away.
    @Test func anotherInstallationHasGroupsOfItsOwn() throws {
        #expect(try group([], prefix: "staging") == "staging-workers")
        #expect(try group(["a"], prefix: "staging") != group(["a"]))
    }

    @Test func itsNameStaysShortForAnyNumberOfQueues() throws {
        let name = try group((0..<5_000).map { "queue.\($0)" }, of: "tenant")
        #expect(name.utf8.count < 64)
        #expect(name.utf8.allSatisfy(QueueName.allows))
    }

    @Test func theControlPlaneIsReachedWithTLSOrWithout() throws {
        let plain = try ControlPlaneAddresses(["a:1", "[::1]:2"], caFile: "/unused").client
        #expect(plain.addresses == ["a:1", "[::1]:2"] && plain.tls == nil)
        let encrypted = try ControlPlaneAddresses(["https://a:1", "https://b:2"], caFile: "/ca.crt").client
        #expect(encrypted.addresses == ["a:1", "b:2"] && encrypted.tls?.trustRoots == .file("/ca.crt"))
        let usual = try ControlPlaneAddresses(["https://a:1"], caFile: nil).client
        #expect(usual.tls != nil && usual.tls?.trustRoots == nil)
        for addresses in [["https://a:1", "b:2"], ["a"], ["https://a"], ["http://a:1"], ["a:0"], ["https://a:1/"]] {
            #expect(throws: InvalidWorkerConfiguration.self) { try ControlPlaneAddresses(addresses, caFile: nil) }
        }
    }

    @Test func whatCannotBeIsSaidByName() {
        func reason(_ types: [String] = ["t"], _ change: (inout WorkerConfiguration) -> Void = { _ in }) -> String {
            var configuration = WorkerConfiguration(controlAddresses: [], token: "", kafkaBrokers: "")
            change(&configuration)
            do {
                _ = try CheckedConfiguration(configuration, types: types)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(reason().isEmpty)
        #expect(reason([]).contains("no handler"))
        #expect(reason(["a b"]).contains("'a b'"))
        #expect(reason { $0.queues = ["a b"] }.contains("'a b'"))
        #expect(reason { $0.name = String(repeating: "n", count: 257) }.contains("name may have 256 bytes"))
        #expect(reason { $0.concurrency = 0 }.contains("concurrency is 0"))
        #expect(reason { $0.tenantShare = 101 }.contains("tenantShare is 101"))
        #expect(reason { $0.topicPrefix = "a b" }.contains("'a b'"))
    }
}
