import Testing

@testable import Kafka

@Suite struct KafkaErrorTests {
    @Test func theTextSaysWhatWhereWhyAndWhatToDo() {
        let error = KafkaError(code: .deliveryTimedOut, operation: .deliver, subject: "partition qf.a-0")
        #expect(
            error.description == """
                Could not deliver a record (partition qf.a-0): Local: Message timed out [_MSG_TIMED_OUT]. Check that the brokers \
                are running and can be reached from here under the address they advertise.
                """
        )
    }

    @Test func aSettingThatLibrdkafkaRefusesIsNamed() throws {
        let error = #expect(throws: KafkaError.self) {
            try KafkaProducer(configuration: configuration(["no.such.property": "1"]), logger: .quiet)
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.subject == "property no.such.property")
    }

    @Test func aSecretIsNotRepeated() throws {
        let error = #expect(throws: KafkaError.self) {
            try KafkaProducer(
                configuration: configuration(["ssl.key.password": "hunter2", "sasl.password.x": "hunter2"]),
                logger: .quiet
            )
        }
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func aQueueThatCannotHoldOneRequestIsRefused() throws {
        var configuration = configuration([:])
        configuration.maxQueuedKilobytes = 1
        let error = #expect(throws: KafkaError.self) {
            try KafkaProducer(configuration: configuration, logger: .quiet)
        }
        #expect(error?.subject == "maxQueuedKilobytes")
    }

    @Test(arguments: [
        (KafkaErrorCode.deliveryTimedOut, true), (.unknownTopicOrPartition, true), (.notEnoughReplicas, true),
        (.recordTooLarge, false), (.topicAuthorizationFailed, false), (.invalidArgument, false), (.closed, false),
    ])
    func retriableIsWhatMaySucceedUnchanged(code: KafkaErrorCode, isRetriable: Bool) {
        #expect(code.isRetriable == isRetriable)
    }

    @Test(arguments: [(Duration.milliseconds(5), Int32(5)), (.microseconds(1), 1), (.zero, 0), (.seconds(-3), 0)])
    func aSmallDurationNeverBecomesZero(duration: Duration, milliseconds: Int32) {
        #expect(duration.clampedMilliseconds == milliseconds)
    }

    private func configuration(_ additional: [String: String]) -> KafkaProducerConfiguration {
        KafkaProducerConfiguration(connection: KafkaConnection(brokers: "127.0.0.1:1", additional: additional))
    }
}
