import LocalServers
import Synchronization
import Testing

@testable import QueueFlowCLI

@Suite struct PortCheckTests {
    private let rest = PortUse(variable: "HTTP_PORT", use: "REST", number: 8080)
    private let gateway = PortUse(variable: "GATEWAY_PORT", use: "gateway", number: 8000)

    private func check(
        _ plans: [ServicePlan],
        held: Set<Int> = [],
        patience: Duration = .zero,
        told: @escaping @Sendable (String) -> Void = { _ in },
        _ state: @escaping @Sendable (Int) -> PortState
    ) async throws {
        try await PortCheck(state: state, patience: patience, console: Console(told)).run(plans, held: held)
    }

    @Test func everyTakenPortIsSaidWithTheVariableThatMovesIt() async {
        let plans = [Samples.plan(.jobService, ports: [rest]), Samples.plan(.nginx, ports: [gateway])]
        let error = await #expect(throws: StackError.self) { try await check(plans) { _ in .listening } }
        #expect(
            error?.description == """
                nothing was started, because another program has a port that is needed:
                  port 8080 (REST of job-service); end that program, or choose another port with HTTP_PORT=NUMBER
                  port 8000 (gateway of nginx); end that program, or choose another port with GATEWAY_PORT=NUMBER
                """
        )
    }

    @Test func portsOfTheStackItselfAreNotTaken() async throws {
        try await check([Samples.plan(.jobService, ports: [rest])], held: [8080]) { _ in .listening }
    }

    @Test func freePortsPass() async throws {
        try await check([Samples.plan(.jobService, ports: [rest])]) { _ in .free }
    }

    /// Connections that close are waited for, and said once to be so.
    @Test func aPortThatIsClosingIsWaitedFor() async throws {
        let looks = Mutex(0)
        let lines = Mutex<[String]>([])
        try await check(
            [Samples.plan(.jobService, ports: [rest])],
            patience: .seconds(60),
            told: { line in lines.withLock { $0.append(line) } },
            { _ in
                looks.withLock {
                    $0 += 1; return $0 < 4 ? .closing : .free
                }
            }
        )
        #expect(looks.withLock { $0 } == 4)
        #expect(lines.withLock { $0.count } == 1 && lines.withLock { $0[0] }.contains("8080"))
    }

    @Test func aPortThatDoesNotCloseInTimeIsTaken() async {
        let plans = [Samples.plan(.jobService, ports: [rest])]
        let error = await #expect(throws: StackError.self) { try await check(plans) { _ in .closing } }
        #expect(error == .portsTaken([.init(port: rest, service: .jobService)]))
    }
}
