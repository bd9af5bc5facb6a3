import GRPC
import SwiftProtobuf

/// gRPC's interoperability test service, with the semantics of its published description.
struct TestService: GRPCService {
    static let name = "grpc.testing.TestService"
    static let emptyCall = MethodDescriptor(service: name, method: "EmptyCall")
    static let unaryCall = MethodDescriptor(service: name, method: "UnaryCall")
    static let cacheableUnaryCall = MethodDescriptor(service: name, method: "CacheableUnaryCall")
    static let streamingOutputCall = MethodDescriptor(service: name, method: "StreamingOutputCall")
    static let streamingInputCall = MethodDescriptor(service: name, method: "StreamingInputCall")
    static let fullDuplexCall = MethodDescriptor(service: name, method: "FullDuplexCall")
    static let halfDuplexCall = MethodDescriptor(service: name, method: "HalfDuplexCall")
    static let unimplementedCall = MethodDescriptor(service: name, method: "UnimplementedCall")

    func register(in router: inout GRPCRouter) {
        router.unary(Self.emptyCall, Grpc_Testing_Empty.self, Grpc_Testing_Empty.self) { request, _ in request }
        // Streaming, as only there a handler learns whether a request was compressed.
        for descriptor in [Self.unaryCall, Self.cacheableUnaryCall] {
            router.clientStreaming(descriptor, Grpc_Testing_SimpleRequest.self, Grpc_Testing_SimpleResponse.self) {
                requests,
                context in
                try await simpleCall(requests, context)
            }
        }
        router.serverStreaming(
            Self.streamingOutputCall,
            Grpc_Testing_StreamingOutputCallRequest.self,
            Grpc_Testing_StreamingOutputCallResponse.self
        ) { request, responses, context in
            context.responseCompression = .gzip
            try await answer(request, responses)
        }
        router.clientStreaming(
            Self.streamingInputCall,
            Grpc_Testing_StreamingInputCallRequest.self,
            Grpc_Testing_StreamingInputCallResponse.self
        ) { requests, _ in
            var sum = 0
            for try await received in requests.received {
                try check(received.wasCompressed, expected: received.message.expectCompressed)
                sum += received.message.payload.body.count
            }
            return .with { $0.aggregatedPayloadSize = Int32(sum) }
        }
        router.bidirectional(
            Self.fullDuplexCall,
            Grpc_Testing_StreamingOutputCallRequest.self,
            Grpc_Testing_StreamingOutputCallResponse.self
        ) { requests, responses, context in
            echoMetadata(context)
            for try await request in requests { try await answer(request, responses) }
        }
        router.bidirectional(
            Self.halfDuplexCall,
            Grpc_Testing_StreamingOutputCallRequest.self,
            Grpc_Testing_StreamingOutputCallResponse.self
        ) { requests, responses, _ in
            var all: [Grpc_Testing_StreamingOutputCallRequest] = []
            for try await request in requests { all.append(request) }
            for request in all { try await answer(request, responses) }
        }
    }

    private func simpleCall(
        _ requests: GRPCMessageStream<Grpc_Testing_SimpleRequest>,
        _ context: ServerContext
    ) async throws -> Grpc_Testing_SimpleResponse {
        echoMetadata(context)
        var iterator = requests.received.makeAsyncIterator()
        guard let received = try await iterator.next() else {
            throw GRPCError(code: .invalidArgument, message: "no request")
        }
        let request = received.message
        try check(received.wasCompressed, expected: request.expectCompressed)
        if request.responseCompressed.value { context.responseCompression = .gzip }
        try fail(with: request.responseStatus)
        return .with { $0.payload = payload(size: request.responseSize) }
    }

    private func answer(
        _ request: Grpc_Testing_StreamingOutputCallRequest,
        _ responses: GRPCWriter<Grpc_Testing_StreamingOutputCallResponse>
    ) async throws {
        try fail(with: request.responseStatus)
        for parameters in request.responseParameters {
            if parameters.intervalUs > 0 { try await Task.sleep(for: .microseconds(parameters.intervalUs)) }
            let response = Grpc_Testing_StreamingOutputCallResponse.with { $0.payload = payload(size: parameters.size) }
            try await responses.write(response, compress: parameters.compressed.value)
        }
    }

    private func echoMetadata(_ context: ServerContext) {
        for value in context.metadata[strings: "x-grpc-test-echo-initial"] {
            context.initialMetadata.addString(value, forKey: "x-grpc-test-echo-initial")
        }
        for value in context.metadata[binaries: "x-grpc-test-echo-trailing-bin"] {
            context.trailingMetadata.addBinary(value, forKey: "x-grpc-test-echo-trailing-bin")
        }
    }

    private func check(_ wasCompressed: Bool, expected: Grpc_Testing_BoolValue) throws {
        if expected.value, !wasCompressed {
            throw GRPCError(code: .invalidArgument, message: "The message was expected to be compressed.")
        }
    }

    private func fail(with status: Grpc_Testing_EchoStatus) throws {
        guard status.code != 0 else { return }
        throw GRPCError(code: GRPCStatus.Code(rawValue: Int(status.code)) ?? .unknown, message: status.message)
    }

    private func payload(size: Int32) -> Grpc_Testing_Payload {
        .with { $0.body = .init(repeating: 0, count: Int(size)) }
    }
}
