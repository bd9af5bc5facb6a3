public import Foundation

/// Changes payloads and results on their way between who submits jobs and who handles them, such as by encrypting them. QueueFlow itself
/// sees only what it makes of them.
///
/// Both sides are given the same one: a client by its configuration, a worker as `worker.use(CodePayloads(codec))`. `EncryptionKeyRing`
/// of the product `QueueFlowEncryption` is one.
public protocol PayloadCodec: Sendable {
    /// Makes of a JSON text the one that is stored.
    ///
    /// - Returns: JSON.
    func encode(_ json: Data, _ content: CodedContent) throws -> Data
    /// Makes of a JSON text that was stored the one that it was made of.
    ///
    /// - Throws: ``PayloadCodecError``, which says whether it may be read later.
    func decode(_ json: Data, _ content: CodedContent) throws -> Data
}

/// What a codec is given: which part of which kind of job.
public struct CodedContent: Hashable, Sendable {
    /// What of a job it is.
    public enum Part: String, Hashable, Sendable {
        /// What is submitted.
        case payload
        /// What the handler returned.
        case result
        /// What one attempt keeps for the next.
        case checkpoint
    }

    /// The job's type.
    public let type: String
    /// What of the job it is.
    public let part: Part
    /// The idempotency key that a payload is submitted under, if its submitter chose one: the same text of the same type must become the
    /// same bytes then, or a submission that is made again would not be known again.
    public let idempotencyKey: String?

    /// A part of a job of a type.
    public init(type: String, part: Part, idempotencyKey: String? = nil) {
        self.type = type
        self.part = part
        self.idempotencyKey = idempotencyKey
    }
}

/// Why a payload or a result cannot be read.
public struct PayloadCodecError: Error, Hashable, CustomStringConvertible {
    /// Says why.
    public let description: String
    /// Whether it can be read later no more than now. A worker discards such jobs, and tries the others again.
    public let isFinal: Bool

    /// It can never be read.
    public static func unreadable(_ reason: String) -> PayloadCodecError {
        PayloadCodecError(description: reason, isFinal: true)
    }

    /// It cannot be read yet, as something is missing that may come.
    public static func notYetReadable(_ reason: String) -> PayloadCodecError {
        PayloadCodecError(description: reason, isFinal: false)
    }
}
