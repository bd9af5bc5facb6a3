/// What the head or the trailers of a response say about a call.
enum ResponseEnd {
    /// How a call ended, by its trailers, which may be its head as well.
    static func of(_ trailers: IncomingHead, stream: HTTP2Stream) -> InboundBuffer.End {
        guard let number = trailers.grpcStatus else {
            return .failed(
                refusal(of: trailers)
                    ?? GRPCError(code: .unknown, message: "The server ended the call without a status.")
            )
        }
        guard number == 0 else {
            let code = GRPCStatus.Code(rawValue: number) ?? .unknown
            return .failed(GRPCError(code: code, message: trailers.grpcMessage, metadata: trailers.metadata))
        }
        if stream.deframer.partialBytes > 0 {
            return .failed(GRPCError(code: .internal, message: "The response ended in the middle of a message."))
        }
        return .finished(trailers.metadata)
    }

    /// Why a head does not begin a gRPC response; `nil` if it does.
    static func refusal(of head: IncomingHead) -> GRPCError? {
        if let status = head.httpStatus, status != 200 {
            return GRPCError(
                code: GRPCStatus.Code(httpStatus: status),
                message: "The server answered with the HTTP status \(status), not with gRPC."
            )
        }
        if head.httpStatus != nil, head.contentType != .grpc {
            return GRPCError(code: .unknown, message: "The server's answer is not of a gRPC content type.")
        }
        if let malformed = head.malformed { return GRPCError(code: .internal, message: malformed) }
        if let encoding = head.encoding, CompressionAlgorithm(received: encoding) == nil {
            return GRPCError(
                code: .internal,
                message: "The server answered in the encoding '\(encoding)', which was not offered to it."
            )
        }
        return nil
    }
}
