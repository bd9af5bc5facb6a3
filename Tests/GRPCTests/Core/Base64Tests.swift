import TestSupport
import Testing

@testable import GRPC

@Suite struct Base64Tests {
    /// The examples of RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func rfcExamples(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == String(encoded.prefix { $0 != "=" }))
        #expect(Base64.decode(encoded.utf8) == Array(plain.utf8))
        #expect(Base64.decode(encoded.prefix { $0 != "=" }.utf8) == Array(plain.utf8))
    }

    @Test(arguments: ["Z", "Zm9vY", "Zg=", "Zg===", "Z=g=", "Zm 9v", "Zm9_", "====", "Zg==Zg=="])
    func rejects(text: String) {
        #expect(Base64.decode(text.utf8) == nil)
    }

    @Test func roundTripsEveryLength() {
        var generator = SeededGenerator()
        for length in 0..<300 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(Base64.decode(Base64.encode(bytes).utf8) == bytes, "seed \(generator.seed)")
        }
    }
}
