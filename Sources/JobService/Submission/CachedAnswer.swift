import Foundation
public import JobCore

/// What was answered to the first request under a key.
public struct CachedAnswer: Hashable, Sendable {
    /// The job that it made.
    public var job: JobID
    /// The body of the answer.
    public var body: [UInt8]

    /// An answer about a job.
    public init(job: JobID, body: [UInt8]) {
        self.job = job
        self.body = body
    }
}

/// What a cache knows of a request.
public enum CacheLookup: Hashable, Sendable {
    /// It was answered.
    case answered(CachedAnswer)
    /// Another request was answered under its key.
    case keyReused
    /// Nothing; the database knows for certain.
    case unknown
}

/// An answer together with the request it belongs to, as the bytes that Redis keeps: 32 bytes of fingerprint, 16 of the
/// job's id, then the body.
struct CacheEntry: Hashable {
    private static let fingerprintBytes = 32
    private static let headBytes = fingerprintBytes + 16

    var fingerprint: [UInt8]
    var answer: CachedAnswer

    init(fingerprint: [UInt8], answer: CachedAnswer) {
        self.fingerprint = fingerprint
        self.answer = answer
    }

    /// Reads an entry; nil when it is none.
    init?(bytes: [UInt8]) {
        guard bytes.count >= Self.headBytes,
            let job = JobID(bytes: Data(bytes[Self.fingerprintBytes..<Self.headBytes]))
        else { return nil }
        fingerprint = Array(bytes[..<Self.fingerprintBytes])
        answer = CachedAnswer(job: job, body: Array(bytes[Self.headBytes...]))
    }

    var bytes: [UInt8] {
        fingerprint + answer.job.bytes + answer.body
    }
}
