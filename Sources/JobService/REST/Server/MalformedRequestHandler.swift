import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Answers what is no request with a problem document.
///
/// Hummingbird answers it with an empty 400, after the answers to all that came before it on the connection. This handler fills
/// that answer in. Used on its channel's event loop only.
final class MalformedRequestHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// What is wrong with what came last, after which nothing is read any more.
    private var problem: Problem?

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError, problem == nil { problem = .unreadable(error) }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard let problem, case .head(let head) = unwrapOutboundIn(data), Self.isEmptyRefusal(head) else {
            context.write(data, promise: promise)
            return
        }
        // What was asked for is not known, so the request has no path.
        let id = RequestID().description
        let bytes = problem.document(path: "/", requestID: id)
        var fields = SecurityHeadersMiddleware.fields
        for field in problem.headers { fields.append(field) }
        fields[.contentType] = Problem.contentType
        fields[.contentLength] = String(bytes.count)
        fields[.connection] = "close"
        fields[RequestIDMiddleware.header] = id
        context.write(wrapOutboundOut(.head(HTTPResponse(status: problem.status, headerFields: fields))), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: bytes))), promise: promise)
    }

    private static func isEmptyRefusal(_ head: HTTPResponse) -> Bool {
        head.status == .badRequest && head.headerFields[.contentLength] == "0"
            && head.headerFields[.connection] == "close"
    }
}

extension Problem {
    /// What came cannot be read as HTTP/1.1 (RFC 9112).
    fileprivate static func unreadable(_ error: HTTPParserError) -> Problem {
        switch error {
        case .headerOverflow:
            Problem(
                slug: "headers-too-large",
                status: .requestHeaderFieldsTooLarge,
                title: "The headers are too large",
                detail: "The request line and the headers may have 32 KiB, and there may be 100 headers."
            )
        case .invalidVersion:
            Problem(
                slug: "http-version-not-supported",
                status: .httpVersionNotSupported,
                title: "The HTTP version is not supported",
                detail: "This port speaks HTTP/1.1 and HTTP/1.0."
            )
        default:
            .malformedRequest("This is no HTTP request as RFC 9110 and RFC 9112 have it\(place(of: error)).")
        }
    }

    /// Where it went wrong, if that is known; the parser's other words say nothing to people.
    private static func place(of error: HTTPParserError) -> String {
        switch error {
        case .invalidMethod: ": the method is none that there is"
        case .invalidURL, .invalidHost, .invalidPort, .invalidPath, .invalidQueryString, .invalidFragment:
            ": the target is malformed"
        case .invalidHeaderToken, .lfExpected: ": a header is malformed"
        case .invalidContentLength, .unexpectedContentLength:
            ": Content-Length is malformed, or does not go with the rest"
        case .invalidChunkSize: ": the size of a chunk is malformed"
        default: ""
        }
    }
}
