import NIOCore

/// The client's part of one connection: opens streams for calls, and reads what servers answer.
final class ClientEndpoint: HTTP2Endpoint {
    private let target: ClientTarget
    private let ready: EventLoopPromise<Outbox>
    private let retired: EventLoopPromise<Void>
    private var isSecure = false

    /// - Parameters:
    ///   - target: how requests on this connection look.
    ///   - ready: kept when calls can be made.
    ///   - retired: kept when no further calls can be made.
    init(target: ClientTarget, ready: EventLoopPromise<Outbox>, retired: EventLoopPromise<Void>) {
        self.target = target
        self.ready = ready
        self.retired = retired
    }

    // MARK: The connection

    func opened(_ connection: HTTP2Connection) {}

    func secured(_ connection: HTTP2Connection) { isSecure = true }

    func receivedSettings(_ connection: HTTP2Connection) {
        guard let outbox = connection.outbox, isSecure || !target.usesTLS else { return }
        ready.succeed(outbox)
    }

    func receivedGoAway(code: HTTP2ErrorCode, debugData: String, connection: HTTP2Connection) {
        if code == .enhanceYourCalm, debugData == "too_many_pings" { target.pings.slowDown() }
        retire(connection)
        connection.drainStreams()
    }

    func closed(_ connection: HTTP2Connection, error: (any Error)?) {
        ready.fail(error ?? ChannelError.eof)
        retired.succeed()
    }

    /// Keeps further calls off the connection.
    private func retire(_ connection: HTTP2Connection) {
        connection.outbox?.retire()
        retired.succeed()
    }

    // MARK: Requests

    func open(_ call: ClientCall, connection: HTTP2Connection) {
        guard !call.stream.isOver else { return }
        guard let outbox = connection.outbox, let session = connection.session, session.canOpenStreams else {
            retire(connection)
            return call.attemptEnded(.failed(.connectionLost), progress: .unsent)
        }
        call.leaveQueue()
        let timeRemaining = call.timeRemaining
        if let timeRemaining, timeRemaining <= .zero { return call.cancel(.deadlineExceeded) }
        target.write(call, timeRemaining: timeRemaining, to: &connection.fields)
        let id: Int32
        do throws(HTTP2Error) {
            id = try session.submitRequest(connection.fields)
        } catch {
            return call.attemptEnded(.failed(.connectionLost), progress: .unsent)
        }
        let stream = HTTP2Stream(
            id: id,
            call: call.stream,
            messageLimit: connection.configuration.maxReceiveMessageSize,
            owner: .client(ClientStream(call: call))
        )
        stream.isHeadSubmitted = true
        connection.add(stream)
        call.stream.bind(CallStream.Binding(outbox: outbox, stream: id))
        if let code = call.stream.takeWork().reset { return session.reset(stream: id, code: code) }
        if let timeRemaining { connection.startDeadline(after: timeRemaining, of: stream) }
    }

    func submitHead(of stream: HTTP2Stream, connection: HTTP2Connection) {}

    func deadlinePassed(for stream: HTTP2Stream, connection: HTTP2Connection) {
        end(stream, .failed(.deadlineExceeded), connection: connection, reset: .cancel)
    }

    // MARK: Responses

    func received(
        head: IncomingHead,
        stream id: Int32,
        kind: HTTP2Session.HeadKind,
        endsStream: Bool,
        connection: HTTP2Connection
    ) {
        guard let stream = connection.streams[id] else { return }
        if head.size > connection.session?.headerListLimit ?? 0 {
            let error = GRPCError(
                code: .resourceExhausted,
                message: "The response's metadata is larger than is accepted here."
            )
            return end(stream, .failed(error), connection: connection, reset: .cancel)
        }
        if endsStream {
            stream.isRemoteEnded = true
            return end(stream, ResponseEnd.of(head, stream: stream), connection: connection)
        }
        if let error = ResponseEnd.refusal(of: head) {
            return end(stream, .failed(error), connection: connection, reset: .cancel)
        }
        if head.encoding == "gzip" { stream.call.receiveCompression = .gzip }
        stream.call.receive(head: head.metadata)
    }

    func receivedEnd(of stream: HTTP2Stream, connection: HTTP2Connection) {
        let error = GRPCError(code: .internal, message: "The server ended the call without a status.")
        end(stream, .failed(error), connection: connection)
    }

    func received(invalid error: GRPCError, stream: HTTP2Stream, connection: HTTP2Connection) {
        end(stream, .failed(error), connection: connection, reset: .cancel)
    }

    func closed(stream: HTTP2Stream, code: HTTP2ErrorCode, connection: HTTP2Connection) {
        if connection.context == nil {
            end(stream, .failed(.connectionLost), connection: connection)
        } else {
            let error = GRPCError(
                code: GRPCStatus.Code(http2Error: code),
                message: "The server reset the call: \(code)."
            )
            end(stream, .failed(error), connection: connection, progress: code == .refusedStream ? .refused : .handled)
        }
    }

    private func end(
        _ stream: HTTP2Stream,
        _ end: InboundBuffer.End,
        connection: HTTP2Connection,
        reset: HTTP2ErrorCode? = nil,
        progress: ClientCall.Progress = .handled
    ) {
        guard case .client(let owner) = stream.owner, !owner.isEnded else { return }
        owner.isEnded = true
        stream.deadline?.cancel()
        stream.isIgnoringData = true
        connection.deliver(stream)
        if connection.streams[stream.id] != nil {
            if let reset {
                connection.session?.reset(stream: stream.id, code: reset)
            } else if !stream.isLocalEnded {
                // The server has answered; what is left of the request is of no use to it.
                connection.session?.reset(stream: stream.id, code: .cancel)
            }
        }
        stream.call.bind(nil)
        owner.call.attemptEnded(end, progress: progress)
    }
}

extension GRPCError {
    static let connectionLost = GRPCError(code: .unavailable, message: "The connection to the server was lost.")
}

/// What a client keeps about a stream besides its ``CallStream``; used on the event loop.
final class ClientStream {
    let call: ClientCall

    /// Whether the attempt's end has been reported.
    var isEnded = false

    init(call: ClientCall) { self.call = call }
}

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
