import NIOCore

/// Why a request is answered without a handler.
struct RequestRefusal: Error {
    /// How a request that is not gRPC is answered: so that whoever sent it, a person with a browser or `curl` mostly, can read why.
    struct Problem {
        let httpStatus: StaticString
        /// The document of RFC 9457.
        let document: ByteBuffer
        let allowsPostOnly: Bool
        /// Whether the document itself is sent.
        var hasBody = true

        private init(
            _ status: StaticString,
            _ title: StaticString,
            _ detail: StaticString,
            allowsPostOnly: Bool = false
        ) {
            httpStatus = status
            self.allowsPostOnly = allowsPostOnly
            document = ByteBuffer(
                string: #"{"type":"about:blank","title":"\#(title)","status":\#(status),"detail":"\#(detail)"}"#
            )
        }

        static let method = Problem(
            "405",
            "Method Not Allowed",
            "This port speaks gRPC, which uses the method POST.",
            allowsPostOnly: true
        )
        static let contentType = Problem(
            "415",
            "Unsupported Media Type",
            "This port speaks gRPC: the content type must be application/grpc or application/grpc+proto."
        )
    }

    var status: GRPCStatus
    /// Nil when the request is gRPC, which has its answers told by status alone.
    var problem: Problem?
    var namesEncodings = false

    /// The method that a request is for.
    /// - Throws: what is to be answered if the request does not reach a handler; in the order of the specification's checks.
    static func check(_ head: IncomingHead, limit: Int, router: GRPCRouter) throws(RequestRefusal) -> RPCMethod {
        if head.size > limit {
            throw RequestRefusal(
                status: GRPCStatus(code: .resourceExhausted, message: "The metadata is larger than \(limit) bytes.")
            )
        }
        guard head.isPost else {
            var problem = Problem.method
            // The answer to HEAD has no body.
            problem.hasBody = !head.isHead
            throw RequestRefusal(
                status: GRPCStatus(code: .internal, message: "gRPC requests use the method POST."),
                problem: problem
            )
        }
        guard head.contentType == .grpc else {
            throw RequestRefusal(
                status: GRPCStatus(
                    code: .internal,
                    message: "The content type must be 'application/grpc' or 'application/grpc+proto'."
                ),
                problem: .contentType
            )
        }
        if let malformed = head.malformed {
            throw RequestRefusal(status: GRPCStatus(code: .internal, message: malformed))
        }
        guard let method = router.method(path: head.path) else {
            throw RequestRefusal(status: unknown(path: head.path, router: router))
        }
        if let encoding = head.encoding, CompressionAlgorithm(received: encoding) == nil {
            throw RequestRefusal(
                status: GRPCStatus(
                    code: .unimplemented,
                    message: "The encoding '\(encoding)' is not supported; \(CompressionAlgorithm.acceptedNames) are."
                ),
                namesEncodings: true
            )
        }
        return method
    }

    private static func unknown(path: String, router: GRPCRouter) -> GRPCStatus {
        guard let descriptor = MethodDescriptor(path: path), router.services.contains(descriptor.service) else {
            return GRPCStatus(code: .unimplemented, message: "No service answers \(path) here.")
        }
        return GRPCStatus(
            code: .unimplemented,
            message: "The service \(descriptor.service) has no method '\(descriptor.method)'."
        )
    }
}
