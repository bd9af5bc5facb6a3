import Crypto
public import Foundation
public import QueueFlowJobs

/// Encrypts payloads and results with AES-256-GCM, so that QueueFlow's database, its API and its operators see none of them.
///
///     let keys = try EncryptionKeyRing(environment: "PAYLOAD_KEYS")
///     let client = try QueueFlowClient(configuration: QueueFlowClientConfiguration(codec: keys))
///     worker.use(CodePayloads(keys))
///
/// One key encrypts, and any number decrypt. To change the key, first give the new one to all workers and clients, behind the old one; then put it
/// in front everywhere; drop the old one once no job that was encrypted with it is on record any more.
///
/// A text is bound to the job's type and to being a payload or a result: moved elsewhere it cannot be read. It is not bound to its job, whose
/// id is not known when it is encrypted. Types, queues, tags and errors are not encrypted: a handler's errors should name no secrets.
public struct EncryptionKeyRing: PayloadCodec {
    private let current: EncryptionKey
    private let keys: [String: EncryptionKey]
    private let acceptsPlain: Bool

    /// A ring of keys.
    ///
    /// - Parameters:
    ///   - keys: The first one encrypts; all of them decrypt.
    ///   - acceptsPlain: Whether what is not encrypted is taken as it is: for as long as jobs wait that were submitted before. Who can
    ///     submit jobs can then submit unencrypted ones.
    /// - Throws: ``EncryptionKeyError`` when there is no key, or two have one id.
    public init(_ keys: [EncryptionKey], acceptsPlain: Bool = false) throws(EncryptionKeyError) {
        guard let current = keys.first else { throw EncryptionKeyError("there is no key; at least one is needed") }
        var byID: [String: EncryptionKey] = [:]
        for key in keys where byID.updateValue(key, forKey: key.id) != nil {
            throw EncryptionKeyError("two keys have the id '\(key.id)'")
        }
        self.current = current
        self.keys = byID
        self.acceptsPlain = acceptsPlain
    }

    /// The keys that a variable of the environment lists: `2026-02:BASE64,2026-01:BASE64`, the one that encrypts first.
    ///
    /// - Parameters:
    ///   - variable: Its name.
    ///   - acceptsPlain: As for other rings.
    /// - Throws: ``EncryptionKeyError`` that names the variable.
    public init(environment variable: String, acceptsPlain: Bool = false) throws(EncryptionKeyError) {
        guard let text = ProcessInfo.processInfo.environment[variable], !text.isEmpty else {
            throw EncryptionKeyError("\(variable) is not set; it lists keys as ID:BASE64,ID:BASE64")
        }
        do {
            try self.init(EncryptionKey.list(text), acceptsPlain: acceptsPlain)
        } catch {
            throw EncryptionKeyError("\(variable): \(error)")
        }
    }

    // MARK: Codec

    /// Encrypts a JSON text.
    ///
    /// - Returns: `{"queueflow.encrypted": {"alg": "A256GCM", "data": ..., "key": ...}}`; `data` is base64 of the nonce (12 bytes), the
    ///   ciphertext and the tag (16 bytes).
    public func encode(_ json: Data, _ content: CodedContent) throws -> Data {
        let box = try AES.GCM.seal(
            json,
            using: current.secret,
            nonce: try nonce(for: json, content),
            authenticating: Self.binding(content, key: current.id)
        )
        guard let sealed = box.combined else { throw PayloadCodecError.unreadable("the cipher gave nothing") }
        return try JobCoding.encode(
            Envelope(encrypted: Envelope.Sealed(alg: Envelope.algorithm, data: sealed, key: current.id))
        )
    }

    /// Decrypts what ``encode(_:_:)`` made.
    ///
    /// - Throws: `PayloadCodecError`: not final when the key is not on the ring, as it may come; final when the text was changed, was
    ///   moved here from another type, or is not encrypted.
    public func decode(_ json: Data, _ content: CodedContent) throws -> Data {
        guard let sealed = try? JobCoding.decode(Envelope.self, from: json).encrypted else {
            if acceptsPlain { return json }
            throw PayloadCodecError.unreadable(
                "the \(content.part) of a job of type '\(content.type)' is not encrypted"
            )
        }
        guard sealed.alg == Envelope.algorithm else {
            throw PayloadCodecError.notYetReadable(
                "the \(content.part) is encrypted by '\(sealed.alg)', which this version does not know"
            )
        }
        guard let key = keys[sealed.key] else {
            throw PayloadCodecError.notYetReadable(
                "the \(content.part) is encrypted with the key '\(sealed.key)', which is not on the ring"
            )
        }
        do {
            return try AES.GCM.open(
                try AES.GCM.SealedBox(combined: sealed.data),
                using: key.secret,
                authenticating: Self.binding(content, key: key.id)
            )
        } catch {
            throw PayloadCodecError.unreadable(
                "the \(content.part) of a job of type '\(content.type)' cannot be decrypted with the key '\(key.id)': it was changed, or it is another type's"
            )
        }
    }

    /// A nonce drawn by chance; under an idempotency key one that follows from it and the text, so that the same submission is the same
    /// bytes. Such a nonce comes again only with the same text (as in deterministic authenticated encryption, RFC 5297, section 1.3.2.2),
    /// and which texts are the same, the key tells already.
    private func nonce(for json: Data, _ content: CodedContent) throws -> AES.GCM.Nonce {
        guard let idempotencyKey = content.idempotencyKey else { return AES.GCM.Nonce() }
        var authentication = HMAC<SHA256>(key: current.nonceSecret)
        authentication.update(data: Self.binding(content, key: current.id))
        authentication.update(data: Data("\(idempotencyKey.utf8.count)\0\(idempotencyKey)".utf8))
        authentication.update(data: json)
        return try AES.GCM.Nonce(data: Data(authentication.finalize()).prefix(12))
    }

    /// What a text is bound to. None of its parts can hold a NUL.
    private static func binding(_ content: CodedContent, key: String) -> Data {
        Data("queueflow.encrypted\0\(Envelope.algorithm)\0\(key)\0\(content.part)\0\(content.type)".utf8)
    }
}

/// What is stored instead of a text.
private struct Envelope: Codable {
    static let algorithm = "A256GCM"

    struct Sealed: Codable {
        var alg: String
        var data: Data
        var key: String
    }

    var encrypted: Sealed

    private enum CodingKeys: String, CodingKey {
        case encrypted = "queueflow.encrypted"
    }
}
