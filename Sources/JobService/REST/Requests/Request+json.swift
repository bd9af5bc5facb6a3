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
        try checkBodyType()
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

    /// JSON by its own type or one that builds on it (RFC 6839, section 3.1). A body that names no type is taken for JSON.
    private func checkBodyType() throws(Problem) {
        if let coding = headers[.contentEncoding]?.lowercased(), coding != "identity" {
            throw .unsupportedMediaType("Send the body uncompressed; a Content-Encoding is not supported.")
        }
        guard let type = headers[.contentType] else { return }
        let essence = type.prefix { $0 != ";" }.trimmingSuffix(while: \.isWhitespace).lowercased()
        guard essence == "application/json" || essence.hasSuffix("+json") else {
            throw .unsupportedMediaType("Send the body as application/json.")
        }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, predicate(last) { rest.removeLast() }
        return rest
    }
}
