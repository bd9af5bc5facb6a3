import Testing

@testable import QueueFlowCLI

@Suite struct StackPortsTests {
    @Test func everyPortHasItsStandardNumber() throws {
        let ports = try StackPorts(environment: [:])
        #expect(ports[.rest] == 8080)
        #expect(ports[.control] == 50051)
        #expect(ports[.schedulerGRPC] == 50052)
        #expect(ports[.workerGRPC] == 50053)
        #expect(ports[.metrics] == 2112)
        #expect(ports[.workerMetrics] == 2113)
        #expect(ports[.schedulerMetrics] == 2114)
        #expect(ports[.gateway] == 8000)
        #expect(ports[.gatewayTLS] == 8443)
        #expect(ports[.postgres] == 54320)
        #expect(ports[.redis] == 63790)
        #expect(ports[.broker] == 9092)
    }

    @Test(arguments: StackPort.allCases)
    func everyPortIsMovedByItsVariable(_ port: StackPort) throws {
        let ports = try StackPorts(environment: [port.rawValue: "12345"])
        #expect(ports[port] == 12345)
        #expect(ports.of(port.service).contains { $0.variable == port.rawValue && $0.number == 12345 })
    }

    @Test func anEmptyVariableCountsAsNotSet() throws {
        #expect(try StackPorts(environment: ["HTTP_PORT": ""])[.rest] == 8080)
    }

    @Test(arguments: ["eighty", "0", "65536", "-1", "80 "])
    func whatIsNoPortIsRefusedByName(_ value: String) {
        let error = #expect(throws: StackError.self) { try StackPorts(environment: ["GRPC_PORT": value]) }
        #expect(error?.description == "GRPC_PORT is '\(value)'; expected a port from 1 to 65535")
    }

    @Test func twoServicesCannotShareAPort() {
        let error = #expect(throws: StackError.self) { try StackPorts(environment: ["GATEWAY_PORT": "8080"]) }
        #expect(error == .samePort(number: 8080, variables: ["HTTP_PORT", "GATEWAY_PORT"]))
    }
}
