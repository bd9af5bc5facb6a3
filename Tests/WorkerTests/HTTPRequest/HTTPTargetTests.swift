import QueueFlowWorker
import Testing

@testable import Worker

@Suite struct HTTPTargetTests {
    @Test(arguments: [
        ("https://Example.COM", "https://example.com:443/"),
        ("http://example.com/a%20b?q=%2F#part", "http://example.com:80/a%20b?q=%2F"),
        ("HTTP://example.com:8080/x", "http://example.com:8080/x"), ("http://[::1]:81/", "http://[::1]:81/"),
        ("https://example.com?q", "https://example.com:443/?q"),
    ])
    func aURLIsPutTogetherFromWhatWasChecked(_ text: String, expected: String) throws {
        #expect(try HTTPTarget(text).url == expected)
    }

    @Test(arguments: [
        "", "example.com", "//example.com", "ftp://example.com/", "file:///etc/passwd", "http://", "http:///path",
        "http://user@example.com/", "http://user:secret@example.com/", "http://allowed.com@evil.com/",
        "http://exa mple.com/", "http://example.com:0/", "http://example.com:99999/", "http://exämple.com/",
        "http://a%2eb.com/", "http://[fe80::1%25eth0]/", "http://[not-an-address]/", "http://example.com\\@evil.com/",
        "http://example.com\r\nHost: evil/", "gopher://127.0.0.1:6379/_FLUSHALL", "javascript:alert(1)",
    ])
    func whatIsNoPlainURLIsRefused(_ text: String) {
        #expect(throws: JobFailure.self) { try HTTPTarget(text) }
    }
}
