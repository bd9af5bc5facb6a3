/// Why a request is answered without a handler.
struct RequestRefusal: Error {
    var httpStatus: StaticString = "200"
    var status: GRPCStatus
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
            throw RequestRefusal(
                httpStatus: "405",
                status: GRPCStatus(code: .internal, message: "gRPC requests use the method POST.")
            )
        }
        guard head.contentType == .grpc else {
            throw RequestRefusal(
                httpStatus: "415",
                status: GRPCStatus(
                    code: .internal,
                    message: "The content type must be 'application/grpc' or 'application/grpc+proto'."
                )
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
