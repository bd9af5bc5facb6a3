import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct DevBrokerCommandTests {
    @Test func itSaysWhereItListensAndThatNothingIsKept() async throws {
        let broker = try await DevBrokerProcess()
        #expect(broker.port > 0)
        #expect(broker.greeting.contains("in memory only"))
        #expect(await broker.end(with: SIGTERM).status == 0)
    }

    @Test(arguments: [SIGTERM, SIGINT]) func aSignalEndsItCleanly(signal: Int32) async throws {
        let broker = try await DevBrokerProcess()
        let exit = await broker.end(with: signal)
        #expect(exit.status == 0)
        #expect(exit.errors == "")
    }

    @Test func aTakenPortIsNamedAndSoIsTheWayOut() async throws {
        let first = try await DevBrokerProcess()
        let second = try await DevBrokerProcess.run(["--port", "\(first.port)"])
        #expect(second.status != 0)
        #expect(second.errors.contains("port \(first.port)"))
        #expect(second.errors.contains("DEV_BROKER_PORT"))
        _ = await first.end(with: SIGKILL)
    }

    @Test func thePortComesFromTheEnvironment() async throws {
        let first = try await DevBrokerProcess()
        // It is taken, so that the program ends and shows which port it tried.
        let second = try await DevBrokerProcess.run([], environment: ["DEV_BROKER_PORT": "\(first.port)"])
        #expect(second.errors.contains("port \(first.port)"))
        let wrong = try await DevBrokerProcess.run([], environment: ["DEV_BROKER_PORT": "many"])
        #expect(wrong.status != 0)
        #expect(wrong.errors.contains("DEV_BROKER_PORT is 'many'"))
        _ = await first.end(with: SIGKILL)
    }
}
