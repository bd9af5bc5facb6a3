import Formats
import HTTPTypes
import Hummingbird
import JobCore
import NIOCore

extension Request {
    /// The largest body: the largest payload, and room for what goes with it.
    static let maxBodyBytes = NewJob.maxPayloadBytes + 64 << 10

    /// Reads the body, which must be a JSON object.
    ///
    /// - Throws: ``Problem`` for another type, too many bytes or what is no JSON object; ``BodyUnreadable`` when the client
    ///   broke off.
    func jsonObject() async throws -> JSONObjectSlice {
        _ = try bodyType(oneOf: ["application/json"])
        let bytes = try await bodyBytes()
        do {
            return try JSONObjectSlice(parsing: bytes)
        } catch {
            throw Problem.malformedJSON(error)
        }
    }

    private func bodyBytes() async throws -> [UInt8] {
        let tooLarge = Problem.bodyTooLarge(limit: Self.maxBodyBytes)
        // What says that it is too large need not be read.
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > Self.maxBodyBytes { throw tooLarge }
        do {
            return [UInt8](buffer: try await body.collect(upTo: Self.maxBodyBytes))
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch {
            throw BodyUnreadable(cause: error)
        }
    }

    /// The type of the body, in small letters. JSON may be named by a type that builds on it (RFC 6839, section 3.1), and a
    /// body that names no type is taken for JSON.
    ///
    /// - Parameter types: The types that are read, `application/json` first.
    /// - Throws: ``Problem`` for another type, or a content coding.
    func bodyType(oneOf types: [String]) throws(Problem) -> String {
        if let coding = headers[.contentEncoding]?.lowercased(), coding != "identity" {
            throw .unsupportedMediaType("Send the body uncompressed; a Content-Encoding is not supported.", types)
        }
        guard let type = headers[.contentType] else { return types[0] }
        let essence = type.prefix { $0 != ";" }.trimmingSuffix(while: \.isWhitespace).lowercased()
        if types.contains(essence) { return essence }
        guard essence.hasSuffix("+json") else {
            throw .unsupportedMediaType("Send the body as \(types.joined(separator: " or ")).", types)
        }
        return types[0]
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, predicate(last) { rest.removeLast() }
        return rest
    }
}

/// A request whose body ended before it was whole: the client broke off, or does not speak HTTP.
struct BodyUnreadable: Error {
    /// What the connection says.
    var cause: any Error
}
