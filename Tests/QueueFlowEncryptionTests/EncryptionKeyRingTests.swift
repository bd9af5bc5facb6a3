import Crypto
import Foundation
import QueueFlowTesting
import Testing

@testable import QueueFlowEncryption

/// The cipher, and what it is bound to.
struct EncryptionKeyRingTests {
    private let old: EncryptionKey
    private let new: EncryptionKey
    private let payload = CodedContent(type: "email.send", part: .payload)
    private let text = Data(#"{"to":"ada@example.com"}"#.utf8)

    init() throws {
        old = try EncryptionKey(id: "2026-01", bytes: Array(repeating: 1, count: 32))
        new = try EncryptionKey(id: "2026-02", bytes: Array(repeating: 2, count: 32))
    }

    private func error(_ body: () throws -> Data) -> PayloadCodecError? {
        do { _ = try body() } catch { return error as? PayloadCodecError }
        return nil
    }

    @Test(arguments: [0, 1, 15, 16, 17, 100_000]) func aTextComesBackAsItWas(_ length: Int) throws {
        let ring = try EncryptionKeyRing([new])
        let text = Data(String(repeating: "ä", count: length).utf8)
        let stored = try ring.encode(text, payload)
        #expect(try ring.decode(stored, payload) == text)
        #expect(length < 2 || stored.range(of: text.prefix(8)) == nil)
    }

    /// What others can rely on who write or read it in another language.
    @Test func theEnvelopeIsAsDocumented() throws {
        let stored = try EncryptionKeyRing([new]).encode(text, payload)
        let json = try #require(try JSONSerialization.jsonObject(with: stored) as? [String: [String: String]])
        let sealed = try #require(json["queueflow.encrypted"])
        #expect(json.count == 1 && Set(sealed.keys) == ["alg", "data", "key"])
        #expect(sealed["alg"] == "A256GCM" && sealed["key"] == "2026-02")
        let data = try #require(Data(base64Encoded: sealed["data"] ?? ""))
        #expect(data.count == 12 + text.count + 16)
        let opened = try AES.GCM.open(
            try AES.GCM.SealedBox(combined: data),
            using: SymmetricKey(data: Array(repeating: 2, count: 32)),
            authenticating: Data("queueflow.encrypted\0A256GCM\02026-02\0payload\0email.send".utf8)
        )
        #expect(opened == text)
    }

    @Test func aRingReadsWhatItsOlderKeysWrote() throws {
        let before = try EncryptionKeyRing([old])
        let between = try EncryptionKeyRing([old, new])
        let after = try EncryptionKeyRing([new, old])
        let stored = try before.encode(text, payload)
        #expect(try after.decode(stored, payload) == text)
        #expect(try between.decode(try after.encode(text, payload), payload) == text)
        let unknown = try #require(error { try before.decode(try after.encode(text, payload), payload) })
        #expect(!unknown.isFinal)
        #expect("\(unknown)" == "the payload is encrypted with the key '2026-02', which is not on the ring")
    }

    @Test func aTextBelongsToItsTypeAndPlace() throws {
        let ring = try EncryptionKeyRing([new])
        let stored = try ring.encode(text, payload)
        for other in [CodedContent(type: "email", part: .payload), CodedContent(type: "email.send", part: .result)] {
            #expect(try #require(error { try ring.decode(stored, other) }).isFinal)
        }
        // Another key under the same id.
        let impostor = try EncryptionKeyRing([EncryptionKey(id: "2026-02", bytes: Array(repeating: 3, count: 32))])
        #expect(try #require(error { try impostor.decode(stored, payload) }).isFinal)
    }

    /// Any bit of the envelope's data, one at a time.
    @Test func aTextThatWasChangedIsFoundOut() throws {
        let ring = try EncryptionKeyRing([new])
        struct Envelope: Codable {
            var sealed: [String: String]
            enum CodingKeys: String, CodingKey { case sealed = "queueflow.encrypted" }
        }
        let stored = try JSONDecoder().decode(Envelope.self, from: try ring.encode(text, payload))
        let data = try #require(Data(base64Encoded: stored.sealed["data"] ?? ""))
        for index in data.indices {
            var changed = (envelope: stored, data: data)
            changed.data[index] ^= 1 << (index % 8)
            changed.envelope.sealed["data"] = changed.data.base64EncodedString()
            let json = try JSONEncoder().encode(changed.envelope)
            #expect(try #require(error { try ring.decode(json, payload) }).isFinal)
        }
        for short in [0, 1, 27] {
            var envelope = stored
            envelope.sealed["data"] = data.prefix(short).base64EncodedString()
            let json = try JSONEncoder().encode(envelope)
            #expect(try #require(error { try ring.decode(json, payload) }).isFinal)
        }
        var later = stored
        later.sealed["alg"] = "A512"
        #expect(try #require(error { try ring.decode(try JSONEncoder().encode(later), payload) }).isFinal == false)
    }

    @Test func whatIsNotEncryptedIsTakenOnlyWhereThatIsSaid() throws {
        #expect(try #require(error { try EncryptionKeyRing([new]).decode(text, payload) }).isFinal)
        #expect(try EncryptionKeyRing([new], acceptsPlain: true).decode(text, payload) == text)
    }

    @Test func theSameTextIsTheSameBytesUnderOneIdempotencyKeyAlone() throws {
        let ring = try EncryptionKeyRing([new])
        func content(_ key: String?, type: String = "email.send") -> CodedContent {
            CodedContent(type: type, part: .payload, idempotencyKey: key)
        }
        func nonce(_ text: Data, _ content: CodedContent) throws -> Data {
            let stored =
                try JSONSerialization.jsonObject(with: ring.encode(text, content)) as? [String: [String: String]]
            return Data(base64Encoded: stored?["queueflow.encrypted"]?["data"] ?? "")?.prefix(12) ?? Data()
        }
        #expect(try ring.encode(text, content("a")) == ring.encode(text, content("a")))
        let nonces = try [
            nonce(text, content("a")), nonce(text, content("b")), nonce(text + Data(" ".utf8), content("a")),
            nonce(text, content("a", type: "email")), nonce(text, content(nil)), nonce(text, content(nil)),
        ]
        #expect(Set(nonces).count == nonces.count)
        #expect(try ring.decode(ring.encode(text, content("a")), payload) == text)
    }

    @Test func keysAreCheckedAndPrintNoSecret() throws {
        let base64 = Data(repeating: 7, count: 32).base64EncodedString()
        #expect(try EncryptionKey.list("b:\(base64), a:\(base64)").map(\.id) == ["b", "a"])
        let key = try EncryptionKey(id: "a", base64: base64)
        #expect("\(key) \(String(reflecting: key))" == "EncryptionKey(a) EncryptionKey(a)")
        for (text, reason) in [
            ("a:AAAA", "the key 'a' has 3 bytes; it must have 32"), ("a:*", "the key 'a' is not base64"),
            ("a", "an entry is not of the form ID:BASE64"),
            (":\(base64)", "a key's id has 1 to 64 characters out of a-z, A-Z, 0-9, '.', '_' and '-'"),
        ] {
            let error = #expect(throws: EncryptionKeyError.self) { try EncryptionKey.list(text) }
            #expect(error?.description == reason)
        }
        #expect(throws: EncryptionKeyError.self) { try EncryptionKeyRing([]) }
        #expect(throws: EncryptionKeyError.self) { try EncryptionKeyRing([key, key]) }
        let unset = #expect(throws: EncryptionKeyError.self) { try EncryptionKeyRing(environment: "NO_SUCH_KEYS") }
        #expect(unset?.description.contains("NO_SUCH_KEYS is not set") == true)
    }
}
