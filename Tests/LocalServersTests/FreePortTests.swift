import Testing

@testable import LocalServers

@Suite struct FreePortTests {
    @Test func aPortThatIsFoundIsFreeAndNoClientsSocketTakesIt() throws {
        let port = try FreePort.find()
        #expect(FreePort.isFree(port))
        #expect(port < 32_768)
    }

    @Test func nobodyGetsThePortOfAnother() throws {
        // Among a thousand random ports of 17 000 there would be about thirty pairs.
        let ports = try (0..<1000).map { _ in try FreePort.find() }
        #expect(Set(ports).count == 1000)
    }

    @Test func aPortThatSomethingListensOnIsNotFree() throws {
        let server = try OneAnswerServer(answer: [])
        #expect(!FreePort.isFree(server.port))
        withExtendedLifetime(server) {}
    }

    @Test(arguments: [-1, 0, 65_536])
    func whatIsNoPortIsNotFree(_ number: Int) {
        #expect(!FreePort.isFree(number))
    }
}
