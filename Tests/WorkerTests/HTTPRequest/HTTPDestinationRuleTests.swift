import Testing

@testable import Worker

@Suite struct HTTPDestinationRuleTests {
    private func allows(_ rule: String, _ scheme: String, _ host: String, _ port: Int) throws -> Bool {
        try #require(HTTPDestinationRule(rule)).allows(scheme: scheme, host: host, port: port)
    }

    @Test func aRuleIsHeldAgainstSchemeHostAndPort() throws {
        #expect(try allows("https://*", "https", "a.com", 443))
        #expect(try !allows("https://*", "https", "a.com", 8443))
        #expect(try !allows("https://*", "http", "a.com", 443))
        #expect(try allows("http://*:*", "http", "a.com", 8080))
        #expect(try allows("https://*.a.com", "https", "x.y.a.com", 443))
        #expect(try !allows("https://*.a.com", "https", "a.com", 443))
        #expect(try !allows("https://*.a.com", "https", "nota.com", 443))
        #expect(try allows("HTTP://Hooks.internal:8080", "http", "hooks.internal", 8080))
        #expect(try allows("http://[::1]:81", "http", "::1", 81))
        #expect(try allows("http://[::1]", "http", "::1", 80))
    }

    @Test func onlyAHostInFullMayBePrivate() throws {
        for (rule, isNamed) in [("https://*", false), ("https://*.a.com", false), ("http://127.0.0.1:1", true)] {
            #expect(try #require(HTTPDestinationRule(rule)).namesOneHost == isNamed)
        }
    }

    @Test(arguments: [
        "", "a.com", "ftp://a.com", "https://", "https://a.com:0", "https://a.com:port", "https://a.com/path",
        "https://*.", "https://a*b.com", "https://*.*.com", "https://user@a.com",
    ])
    func whatIsNoRuleIsRefused(_ text: String) {
        #expect(HTTPDestinationRule(text) == nil)
    }
}
