extension GRPCStatus.Code {
    /// The code for an HTTP reply that carries no `grpc-status`, such as a proxy's error page.
    ///
    /// From the gRPC documentation, "HTTP to gRPC Status Code Mapping".
    public init(httpStatus: Int) {
        switch httpStatus {
        case 400: self = .internal
        case 401: self = .unauthenticated
        case 403: self = .permissionDenied
        case 404: self = .unimplemented
        case 429, 502, 503, 504: self = .unavailable
        default: self = .unknown
        }
    }

    /// The code for a stream that the peer reset, or a connection error of this code.
    ///
    /// From the gRPC-over-HTTP/2 specification, section "Errors".
    init(http2Error: HTTP2ErrorCode) {
        switch http2Error {
        case .refusedStream: self = .unavailable
        case .cancel: self = .cancelled
        case .enhanceYourCalm: self = .resourceExhausted
        case .inadequateSecurity: self = .permissionDenied
        default: self = .internal
        }
    }
}
