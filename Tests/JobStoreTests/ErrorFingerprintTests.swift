import JobStore
import TestSupport
import Testing

@Suite struct ErrorFingerprintTests {
    @Test(arguments: [
        (
            "connection to 10.0.0.7:5432 refused after 1.25s (request 3f2b-77)",
            "connection to # refused after # (request #)"
        ),
        ("user 42 not found", "user # not found"),
        ("user 0190b2c4-aaaa-bbbb-cccc-abcdefabcdef is gone", "user # is gone"),
        ("row deadbeefcafe at offset -17", "row # at offset #"),
        ("GET https://example.com/a?b=1 answered 503", "GET # answered #"),
        ("no mail to bob@example.com, try later", "no mail to #, try later"),
        ("cannot reach [2001:db8::abcd]", "cannot reach [#]"),
        ("it took until 2025-01-31T09:05:00.042Z", "it took until #"),
        ("it took until Fri, 31 Jan 2025 09:05:00 GMT", "it took until #, # # # # GMT"),
        (#"no column "total" in 'orders'"#, "no column # in #"),
        ("can't open it, don't ask", "can't open it, don't ask"),
        ("file /tmp/x91/report.pdf is missing", "file /tmp/#/report.pdf is missing"),
        ("\n  first line \t counts \nsecond does not", "first line counts"),
        ("", ""),
        ("plain words stay as they are", "plain words stay as they are"),
    ])
    func whatVariesFallsAway(_ error: String, _ normalized: String) {
        #expect(NormalizedError(error).text == normalized)
    }

    @Test func theSameCauseHasTheSameFingerprint() {
        let first = ErrorFingerprint(type: "mail", kind: "error", error: "timeout after 3s to 'a'\nstack 1")
        #expect(first == ErrorFingerprint(type: "mail", kind: "error", error: "timeout after 12.5s to 'b'\nstack 2"))
        #expect(first != ErrorFingerprint(type: "mail", kind: "timeout", error: "timeout after 3s to 'a'"))
        #expect(first != ErrorFingerprint(type: "sms", kind: "error", error: "timeout after 3s to 'a'"))
        #expect(first != ErrorFingerprint(type: "mail", kind: "error", error: "refused after 3s by 'a'"))
        #expect(first.rawValue.utf8.count == ErrorFingerprint.length)
        let isHex = first.rawValue.allSatisfy { $0.isHexDigit }
        #expect(isHex)
    }

    /// Fingerprints are kept for weeks, so an upgrade must not change them unnoticed.
    @Test func aFingerprintIsTheStartOfASHA256() {
        // printf 'mail\0error\0user # not found' | sha256sum
        #expect(ErrorFingerprint(type: "mail", kind: "error", error: "user 7 not found").rawValue == "ea2aebe8856894c4")
    }

    @Test func anyTextWillDo() {
        var generator = SeededGenerator(seed: 1)
        let alphabet = Array("a1'\"`:@#-./ \n(é\u{0}%")
        for _ in 0..<2_000 {
            let text = String(
                (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                    alphabet.randomElement(using: &generator) ?? "a"
                }
            )
            let once = NormalizedError(text).text
            let hasDigits = once.contains { $0.isASCII && $0.isNumber }
            #expect(!hasDigits && !once.contains("\n"), "\(text.debugDescription)")
        }
    }
}
