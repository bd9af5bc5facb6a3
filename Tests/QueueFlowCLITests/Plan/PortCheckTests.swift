import Testing

@testable import QueueFlowCLI

@Suite struct PortCheckTests {
    private let rest = PortUse(variable: "HTTP_PORT", use: "REST", number: 8080)
    private let gateway = PortUse(variable: "GATEWAY_PORT", use: "gateway", number: 8000)

    @Test func everyTakenPortIsSaidWithTheVariableThatMovesIt() {
        let plans = [Samples.plan(.jobService, ports: [rest]), Samples.plan(.nginx, ports: [gateway])]
        let error = #expect(throws: StackError.self) { try PortCheck.run(plans, held: []) { _ in false } }
        #expect(
            error?.description == """
                nothing was started, because another program listens on a port that is needed:
                  port 8080 (REST of job-service); end that program, or choose another port with HTTP_PORT=NUMBER
                  port 8000 (gateway of nginx); end that program, or choose another port with GATEWAY_PORT=NUMBER
                """
        )
    }

    @Test func portsOfTheStackItselfAreNotTaken() throws {
        try PortCheck.run([Samples.plan(.jobService, ports: [rest])], held: [8080]) { _ in false }
    }

    @Test func freePortsPass() throws {
        try PortCheck.run([Samples.plan(.jobService, ports: [rest])], held: []) { _ in true }
    }
}
