import Concurrency
import Testing

@testable import JobService

struct ClientAddressTests {
    private func address(_ peer: String?, _ forwardedFor: [String], trusting proxies: String...) -> String {
        ClientAddress.of(peer: peer, forwardedFor: forwardedFor, proxies: proxies.compactMap { IPNetwork($0) })
    }

    @Test func whatAClientSaysOfItselfIsNotBelieved() {
        #expect(address("198.51.100.7", ["1.2.3.4"]) == "198.51.100.7")
        #expect(address("198.51.100.7", ["1.2.3.4"], trusting: "10.0.0.0/8") == "198.51.100.7")
        // It sent the first, and the proxy added the second.
        #expect(address("10.1.1.1", ["1.2.3.4, 198.51.100.7"], trusting: "10.0.0.0/8") == "198.51.100.7")
        #expect(address("10.1.1.1", ["1.2.3.4", "198.51.100.7"], trusting: "10.0.0.0/8") == "198.51.100.7")
    }

    @Test func chainsOfProxiesAreFollowed() {
        let chain = ["198.51.100.7, 10.2.2.2"]
        #expect(address("::ffff:10.1.1.1", chain, trusting: "10.0.0.0/8") == "198.51.100.7")
        #expect(address("10.1.1.1", chain, trusting: "10.1.1.1") == "10.2.2.2")
        #expect(address("10.1.1.1", ["nonsense"], trusting: "10.0.0.0/8") == "10.1.1.1")
        #expect(address(nil, [], trusting: "10.0.0.0/8") == "unknown")
    }

    @Test func anIPv6ClientHasAllAddressesOfItsNetwork() {
        #expect(address("2001:db8:1:2:3:4:5:6", []) == address("2001:db8:1:2:ffff::1", []))
        #expect(address("2001:db8:1:2::1", []) != address("2001:db8:1:3::1", []))
    }
}
