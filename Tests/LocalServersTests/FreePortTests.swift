import Foundation
import Testing

@testable import LocalServers

@Suite struct FreePortTests {
    @Test func aPortThatIsFoundIsFreeAndNoClientsSocketTakesIt() throws {
        let port = try FreePort.find()
        #expect(FreePort.state(of: port) == .free)
        #expect(port < 32_768)
    }

    @Test func nobodyGetsThePortOfAnother() throws {
        // Among a thousand random ports of 17 000 there would be about thirty pairs.
        let ports = try (0..<1000).map { _ in try FreePort.find() }
        #expect(Set(ports).count == 1000)
    }

    @Test func aPortThatSomethingListensOnIsNotFree() throws {
        let server = try OneAnswerServer(answer: [])
        #expect(FreePort.state(of: server.port) == .listening)
        withExtendedLifetime(server) {}
    }

    @Test(arguments: [-1, 0, 65_536])
    func whatIsNoPortIsNotFree(_ number: Int) {
        #expect(FreePort.state(of: number) != .free)
    }

    /// Connections that a server closed first stay in TIME_WAIT for a minute. They are in nobody's way if the server set SO_REUSEADDR;
    /// otherwise the port cannot be had, although nobody listens there.
    @Test(arguments: [true, false]) func connectionsThatLingerAreNoListener(_ isReusable: Bool) throws {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = isReusable ? 1 : 0
        setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port = try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try #require(bind(server, $0, length) == 0 && listen(server, 8) == 0)
                try #require(getsockname(server, $0, &length) == 0)
                let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
                try #require(connect(client, $0, length) == 0)
                let accepted = accept(server, nil, nil)
                try #require(accepted >= 0)
                close(accepted)
                var byte: UInt8 = 0
                try #require(recv(client, &byte, 1, 0) == 0)
                close(client)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        #expect(FreePort.state(of: port) == .listening)
        close(server)
        #expect(FreePort.state(of: port) == (isReusable ? .free : .closing))
    }
}
