import Concurrency
import Testing

struct IPAddressTests {
    @Test func onlyTheStandardFormIsRead() throws {
        for text in ["127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "localhost", "", "1.2.3.4.5", "::1%lo"] {
            #expect(IPAddress(text) == nil, "\(text)")
        }
        #expect(try #require(IPAddress("2001:0DB8::0:1")).description == "2001:db8::1")
        #expect(try #require(IPAddress("192.0.2.1")).description == "192.0.2.1")
    }

    @Test func aMappedAddressIsTakenAsItself() throws {
        #expect(try #require(IPAddress("::ffff:10.1.2.3")).unmapped == IPAddress(bytes: [10, 1, 2, 3]))
        for text in ["::10.1.2.3", "10.1.2.3", "2001:db8::1"] {
            #expect(try #require(IPAddress(text)).unmapped.description == IPAddress(text)?.description)
        }
    }
}

struct IPNetworkTests {
    @Test(arguments: ["", "10.0.0.0/33", "10.0.0/8", "x/8", "10.0.0.0/", "10.0.0.0/8/8", "::1/129", "10.0.0.0/-1"])
    func whatIsNoNetworkIsRefused(_ text: String) {
        #expect(IPNetwork(text) == nil)
    }

    @Test func prefixesEndInsideBytesToo() throws {
        let network = try #require(IPNetwork("172.16.0.0/12"))
        #expect(
            network.contains(IPAddress(bytes: [172, 31, 255, 255]))
                && !network.contains(IPAddress(bytes: [172, 32, 0, 0]))
        )
        #expect(try #require(IPNetwork("0.0.0.0/0")).contains(IPAddress(bytes: [1, 2, 3, 4])))
        #expect(try !#require(IPNetwork("::/0")).contains(IPAddress(bytes: [1, 2, 3, 4])))
    }

    @Test func zerosAtTheEndMayBeLeftOut() throws {
        #expect(IPNetwork(v4: [172, 16], bits: 12) == IPNetwork("172.16.0.0/12"))
        #expect(IPNetwork(v6: [0x20, 0x01, 0x0D, 0xB8], bits: 32) == IPNetwork("2001:db8::/32"))
    }
}
