import Formats
public import Foundation

/// What a kind of job was like before, and how one from then becomes one of now.
///
///     struct SendEmail: Job {
///         static let type = "email.send"
///         static let earlier: [EarlierVersion<SendEmail>] = [
///             .init(SendEmailV1.self) { old in SendEmail(to: [old.address]) }
///         ]
///         var to: [String]
///     }
///
/// An earlier version may have another ``Job/type``, as the job was renamed, or the same one, as its payload was changed. One that has
/// earlier versions of its own brings these along.
public struct EarlierVersion<Current: Job>: Sendable {
    /// The types of the jobs that it reads.
    public let types: [String]
    private let read: @Sendable (_ type: String, _ payload: Data) throws -> Current

    /// An earlier version.
    ///
    /// - Parameters:
    ///   - version: What the job was then.
    ///   - upcast: Makes of it what the job is now.
    public init<Old: Job>(_ version: Old.Type, upcast: @escaping @Sendable (Old) throws -> Current) {
        types = Old.servedTypes
        read = { type, payload in try upcast(try Old.decode(type: type, payload: payload)) }
    }

    fileprivate func decode(type: String, payload: Data) throws -> Current {
        try read(type, payload)
    }
}

extension Job {
    /// The types of all jobs that a handler of this kind serves: its own first, then those of earlier versions, each once.
    public static var servedTypes: [String] {
        ([type] + earlier.flatMap(\.types)).reduce(into: []) { types, next in
            if !types.contains(next) { types.append(next) }
        }
    }

    /// Reads a job's payload: as what the job is now if its type says so, and if it is not that, as each earlier version of that type. The
    /// first that can be read counts.
    ///
    /// - Parameters:
    ///   - type: The job's type.
    ///   - payload: The job's payload, JSON.
    /// - Throws: ``JobPayloadError``; when several versions were tried, it tells what kept the first one from being read.
    public static func decode(type: String, payload: Data) throws -> Self {
        var first: (any Error)?
        if type == Self.type {
            do {
                return try JobCoding.decode(Self.self, from: payload)
            } catch {
                first = error
            }
        }
        for version in earlier where version.types.contains(type) {
            do {
                return try version.decode(type: type, payload: payload)
            } catch {
                first = first ?? error
            }
        }
        switch first {
        case nil: throw JobPayloadError.unknownType(type, served: servedTypes)
        case let error as JobPayloadError: throw error
        case let error?:
            let reason = explanation(of: error, decoding: payload)
            throw JobPayloadError.unreadable(type, as: "\(Self.self)", reason: reason)
        }
    }

    /// The payload, JSON as ``JobCoding`` writes it.
    ///
    /// - Throws: `EncodingError`.
    public func encodedPayload() throws -> Data {
        try JobCoding.encode(self)
    }
}

/// Why a job's payload cannot be read.
public enum JobPayloadError: Error, CustomStringConvertible {
    /// It is of a type that this kind of job never had.
    case unknownType(String, served: [String])
    /// It is not what the kind of job looks like, nor what it looked like.
    case unreadable(String, as: String, reason: String)

    /// Says what is wrong and where.
    public var description: String {
        switch self {
        case .unknownType(let type, let served):
            "a job of type '\(type)' is none of \(served.joined(separator: ", "))"
        case .unreadable(let type, let name, let reason):
            "the payload of a job of type '\(type)' cannot be read as \(name): \(reason)"
        }
    }
}
