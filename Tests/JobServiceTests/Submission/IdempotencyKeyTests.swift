import Foundation
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore

@Suite struct IdempotencyKeyTests {
    @Test func printableASCIIOfUpTo255CharactersIsAKey() throws {
        for text in ["a", "8e03978e-40d5-43dd-bc93-6894a57f9324", #"" ~!"#, String(repeating: "x", count: 255)] {
            #expect(try IdempotencyKey(text).rawValue == text)
        }
        for text in ["", String(repeating: "x", count: 256), "tab\t", "line\n", "nul\0", "ü", "\u{7F}"] {
            #expect(throws: InvalidIdempotencyKey.self, "\(text.debugDescription)") { try IdempotencyKey(text) }
        }
    }

    @Test func aCacheEntryIsReadAsItWasWritten() throws {
        let request = IdempotentRequest(key: try IdempotencyKey("k"), body: "{}".utf8)
        for body in [[], Array(#"{"id":1}"#.utf8)] {
            let answer = CachedAnswer(job: .make(), body: body)
            let entry = CacheEntry(fingerprint: request.fingerprint, answer: answer)
            #expect(CacheEntry(bytes: entry.bytes) == entry)
        }
        #expect(CacheEntry(bytes: []) == nil)
        #expect(CacheEntry(bytes: Array(repeating: 0, count: 47)) == nil)
    }
}
