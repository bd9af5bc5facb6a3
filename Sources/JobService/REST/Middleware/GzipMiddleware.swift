import Gzip
import HTTPTypes
import Hummingbird

/// Compresses answers that are worth it for clients that ask for it (RFC 9110, section 12.5.3).
struct GzipMiddleware: RouterMiddleware {
    typealias Context = RESTContext

    /// Below so many bytes compressing costs more than it saves.
    private static let minBytes = 1_024

    func handle(
        _ request: Request,
        context: RESTContext,
        next: (Request, RESTContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard let length = response.body.contentLength, length >= Self.minBytes,
            response.headers[.contentEncoding] == nil, Self.isText(response.headers[.contentType])
        else { return response }
        response.headers[values: .vary].append("Accept-Encoding")
        guard request.headers[.acceptEncoding].map(Self.accepts) ?? false else { return response }
        response.headers[.contentEncoding] = "gzip"
        response.headers[.contentLength] = nil
        let body = response.body
        response.body = ResponseBody { writer in
            try await body.write(GzipBodyWriter(to: writer))
        }
        return response
    }

    private static func isText(_ type: String?) -> Bool {
        guard let type else { return false }
        return type.hasPrefix("text/") || type.hasPrefix("application/")
    }

    private static func accepts(_ header: String) -> Bool {
        header.split(separator: ",").contains { entry in
            let parts = entry.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let coding = parts.first, coding == "gzip" || coding == "x-gzip" || coding == "*" else {
                return false
            }
            return !parts.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) == 0 }
        }
    }
}

/// Compresses what is written to it, a piece at a time, so that a long answer holds nobody up.
private struct GzipBodyWriter: ResponseBodyWriter {
    private static let pieceBytes = 64 << 10

    private var writer: any ResponseBodyWriter
    private let stream: GzipStream

    init(to writer: any ResponseBodyWriter) throws {
        self.writer = writer
        stream = try GzipStream()
    }

    mutating func write(_ buffer: ByteBuffer) async throws {
        var buffer = buffer
        while let piece = buffer.readSlice(length: min(buffer.readableBytes, Self.pieceBytes)), piece.readableBytes > 0
        {
            let compressed = try stream.compress(piece, isLast: false)
            if compressed.readableBytes > 0 { try await writer.write(compressed) } else { await Task.yield() }
        }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await writer.write(try stream.compress(ByteBuffer(), isLast: true))
        try await writer.finish(trailingHeaders)
    }
}
