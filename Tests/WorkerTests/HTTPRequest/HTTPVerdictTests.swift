import Foundation
import Testing

@testable import Worker

@Suite struct HTTPVerdictTests {
    private func verdict(_ status: Int, expected: [Int]? = nil, retryAfter: String? = nil) -> HTTPVerdict {
        HTTPVerdict(
            status: status,
            expected: expected,
            retryAfter: retryAfter,
            now: Date(timeIntervalSince1970: 784_111_777)
        )
    }

    @Test func statusesSayWhetherAnotherAttemptHelps() {
        for status in [200, 201, 204, 299] { #expect(verdict(status) == .success) }
        for status in [301, 302, 307, 400, 401, 403, 404, 409, 410, 422] { #expect(verdict(status) == .discard) }
        for status in [408, 425, 429, 500, 502, 503, 504] { #expect(verdict(status) == .retry(after: nil)) }
    }

    @Test func whatIsExpectedReplacesTheUsual() {
        #expect(verdict(404, expected: [404]) == .success)
        #expect(verdict(503, expected: [503]) == .success)
        #expect(verdict(200, expected: [404]) == .discard)
    }

    @Test func theServerMayNameTheDelay() {
        #expect(verdict(503, retryAfter: "7") == .retry(after: .seconds(7)))
        #expect(verdict(429, retryAfter: "Sun, 06 Nov 1994 08:50:37 GMT") == .retry(after: .seconds(60)))
        #expect(verdict(429, retryAfter: "Sun, 06 Nov 1994 08:00:00 GMT") == .retry(after: .zero))
        #expect(verdict(503, retryAfter: "999999999999") == .retry(after: HTTPVerdict.maxRetryAfter))
        for text in ["-1", "soon", ""] { #expect(verdict(503, retryAfter: text) == .retry(after: nil)) }
    }
}
