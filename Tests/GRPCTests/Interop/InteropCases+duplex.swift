import Foundation
import GRPC
import SwiftProtobuf
import Testing

/// The cases with messages both ways, and those that end otherwise than well.
extension InteropCases {
    func duplex<R: Sendable>(
        _ descriptor: MethodDescriptor = TestService.fullDuplexCall,
        options: CallOptions = CallOptions(),
        _ body:
            @escaping @Sendable (
                GRPCWriter<Grpc_Testing_StreamingOutputCallRequest>,
                GRPCMessageStream<Grpc_Testing_StreamingOutputCallResponse>
            ) async throws -> R
    ) async throws -> R {
        try await client.bidirectional(
            descriptor,
            Grpc_Testing_StreamingOutputCallRequest.self,
            Grpc_Testing_StreamingOutputCallResponse.self,
            options: options,
            body
        )
    }

    func pingPong() async throws {
        try await duplex { requests, responses in
            var iterator = responses.makeAsyncIterator()
            for (request, response) in zip(Self.streamRequests, Self.streamResponses) {
                try await requests.write(outputRequest(request, [response]))
                #expect(try await iterator.next()?.payload.body.count == response)
            }
            requests.finish()
            #expect(try await iterator.next() == nil)
        }
    }

    func halfDuplex() async throws {
        try await duplex(TestService.halfDuplexCall) { requests, responses in
            for (request, response) in zip(Self.streamRequests, Self.streamResponses) {
                try await requests.write(outputRequest(request, [response]))
            }
            requests.finish()
            let sizes = try await responses.reduce(into: [Int]()) { $0.append($1.payload.body.count) }
            #expect(sizes == Self.streamResponses)
        }
    }

    func emptyStream() async throws {
        try await duplex { requests, responses in
            requests.finish()
            for try await _ in responses { Issue.record("a response to no request") }
        }
    }

    func customMetadata() async throws {
        var metadata: Metadata = ["x-grpc-test-echo-initial": "test_initial_metadata_value"]
        metadata.addBinary([0xab, 0xab, 0xab], forKey: "x-grpc-test-echo-trailing-bin")
        let request = Grpc_Testing_SimpleRequest.with {
            $0.responseSize = 1
            $0.payload = payload(1)
        }
        let response = try await client.unaryResponse(
            TestService.unaryCall,
            request,
            as: Grpc_Testing_SimpleResponse.self,
            options: CallOptions(metadata: metadata)
        )
        #expect(response.initialMetadata["x-grpc-test-echo-initial"] == "test_initial_metadata_value")
        #expect(response.trailingMetadata[binaries: "x-grpc-test-echo-trailing-bin"] == [[0xab, 0xab, 0xab]])
        try await duplex(options: CallOptions(metadata: metadata)) { requests, responses in
            try await requests.write(outputRequest(1, [1]))
            requests.finish()
            let initial = try await responses.initialMetadata()
            #expect(initial["x-grpc-test-echo-initial"] == "test_initial_metadata_value")
            for try await _ in responses {}
            let trailing = try await responses.trailingMetadata()
            #expect(trailing[binaries: "x-grpc-test-echo-trailing-bin"] == [[0xab, 0xab, 0xab]])
        }
    }

    func statusCodeAndMessage() async throws {
        try await expectEcho(of: "test status message")
        let error = await #expect(throws: GRPCError.self) {
            try await duplex { requests, responses in
                try await requests.write(
                    .with {
                        $0.responseStatus.code = 2
                        $0.responseStatus.message = "test status message"
                    }
                )
                requests.finish()
                for try await _ in responses {}
            }
        }
        #expect(error?.status == GRPCStatus(code: .unknown, message: "test status message"))
    }

    func specialStatusMessage() async throws {
        try await expectEcho(of: "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n")
    }

    private func expectEcho(of message: String) async throws {
        let request = Grpc_Testing_SimpleRequest.with {
            $0.responseStatus.code = 2
            $0.responseStatus.message = message
        }
        let error = await #expect(throws: GRPCError.self) {
            try await client.unary(TestService.unaryCall, request, as: Grpc_Testing_SimpleResponse.self)
        }
        #expect(error?.status == GRPCStatus(code: .unknown, message: message))
    }

    func unimplementedMethod() async throws {
        await expectUnimplemented(TestService.unimplementedCall)
    }

    func unimplementedService() async throws {
        await expectUnimplemented(
            MethodDescriptor(service: "grpc.testing.UnimplementedService", method: "UnimplementedCall")
        )
    }

    private func expectUnimplemented(_ descriptor: MethodDescriptor) async {
        let error = await #expect(throws: GRPCError.self) {
            try await client.unary(descriptor, Grpc_Testing_Empty(), as: Grpc_Testing_Empty.self)
        }
        #expect(error?.code == .unimplemented)
    }

    func cancelAfterBegin() async throws {
        let call = Task {
            try await client.clientStreaming(
                TestService.streamingInputCall,
                Grpc_Testing_StreamingInputCallRequest.self,
                as: Grpc_Testing_StreamingInputCallResponse.self
            ) { _ in withUnsafeCurrentTask { $0?.cancel() } }
        }
        await #expect(throws: CancellationError.self) { try await call.value }
    }

    func cancelAfterFirstResponse() async throws {
        let call = Task {
            try await duplex { requests, responses in
                try await requests.write(outputRequest(27182, [31415]))
                var iterator = responses.makeAsyncIterator()
                #expect(try await iterator.next()?.payload.body.count == 31415)
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try await iterator.next()
            }
        }
        await #expect(throws: CancellationError.self) { try await call.value }
    }

    func timeoutOnSleepingServer() async throws {
        let error = await #expect(throws: GRPCError.self) {
            try await duplex(options: CallOptions(timeout: .milliseconds(1))) { requests, responses in
                try await requests.write(.with { $0.payload = payload(27182) })
                for try await _ in responses {}
            }
        }
        #expect(error?.code == .deadlineExceeded)
    }
}
