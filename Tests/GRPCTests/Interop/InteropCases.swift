import Foundation
import GRPC
import SwiftProtobuf
import Testing

/// The cases of gRPC's interoperability specification, from the client's side.
struct InteropCases: Sendable {
    let client: GRPCClient

    static let all: [(name: String, run: @Sendable (InteropCases) async throws -> Void)] = [
        ("empty_unary", { try await $0.emptyUnary() }),
        ("large_unary", { try await $0.largeUnary() }),
        ("cacheable_unary", { try await $0.cacheableUnary() }),
        ("client_compressed_unary", { try await $0.clientCompressedUnary() }),
        ("server_compressed_unary", { try await $0.serverCompressedUnary() }),
        ("client_streaming", { try await $0.clientStreaming() }),
        ("client_compressed_streaming", { try await $0.clientCompressedStreaming() }),
        ("server_streaming", { try await $0.serverStreaming() }),
        ("server_compressed_streaming", { try await $0.serverCompressedStreaming() }),
        ("ping_pong", { try await $0.pingPong() }),
        ("half_duplex", { try await $0.halfDuplex() }),
        ("empty_stream", { try await $0.emptyStream() }),
        ("custom_metadata", { try await $0.customMetadata() }),
        ("status_code_and_message", { try await $0.statusCodeAndMessage() }),
        ("special_status_message", { try await $0.specialStatusMessage() }),
        ("unimplemented_method", { try await $0.unimplementedMethod() }),
        ("unimplemented_service", { try await $0.unimplementedService() }),
        ("cancel_after_begin", { try await $0.cancelAfterBegin() }),
        ("cancel_after_first_response", { try await $0.cancelAfterFirstResponse() }),
        ("timeout_on_sleeping_server", { try await $0.timeoutOnSleepingServer() }),
    ]

    static let streamRequests = [27182, 8, 1828, 45904]
    static let streamResponses = [31415, 9, 2653, 58979]

    func payload(_ size: Int) -> Grpc_Testing_Payload { .with { $0.body = Data(count: size) } }

    func largeRequest(
        _ configure: (inout Grpc_Testing_SimpleRequest) -> Void = { _ in }
    ) -> Grpc_Testing_SimpleRequest {
        .with {
            $0.responseSize = 314159
            $0.payload = payload(271828)
            configure(&$0)
        }
    }

    func outputRequest(
        _ request: Int,
        _ responses: [Int],
        compressed: [Bool] = []
    ) -> Grpc_Testing_StreamingOutputCallRequest {
        .with {
            $0.payload = payload(request)
            $0.responseParameters = responses.enumerated().map { index, size in
                .with {
                    $0.size = Int32(size)
                    if index < compressed.count { $0.compressed = .with { $0.value = compressed[index] } }
                }
            }
        }
    }

    func emptyUnary() async throws {
        _ = try await client.unary(TestService.emptyCall, Grpc_Testing_Empty(), as: Grpc_Testing_Empty.self)
    }

    func largeUnary() async throws {
        let response = try await client.unary(
            TestService.unaryCall,
            largeRequest(),
            as: Grpc_Testing_SimpleResponse.self
        )
        #expect(response.payload.body.count == 314159)
    }

    func cacheableUnary() async throws {
        let request = Grpc_Testing_SimpleRequest.with { $0.payload.body = Data("1234567890".utf8) }
        let options = CallOptions(metadata: ["x-user-ip": "1.2.3.4"])
        let first = try await client.unary(
            TestService.cacheableUnaryCall,
            request,
            as: Grpc_Testing_SimpleResponse.self,
            options: options
        )
        let second = try await client.unary(
            TestService.cacheableUnaryCall,
            request,
            as: Grpc_Testing_SimpleResponse.self,
            options: options
        )
        #expect(first == second)
    }

    func clientCompressedUnary() async throws {
        for compress in [true, false] {
            let request = largeRequest { $0.expectCompressed.value = compress }
            let response = try await client.unaryResponse(
                TestService.unaryCall,
                request,
                as: Grpc_Testing_SimpleResponse.self,
                options: CallOptions(compression: .gzip),
                compress: compress
            )
            #expect(response.message.payload.body.count == 314159)
        }
    }

    func serverCompressedUnary() async throws {
        for compress in [true, false] {
            let request = largeRequest { $0.responseCompressed.value = compress }
            let response = try await client.unaryResponse(
                TestService.unaryCall,
                request,
                as: Grpc_Testing_SimpleResponse.self
            )
            #expect(response.message.payload.body.count == 314159)
            #expect(response.wasCompressed == compress)
        }
    }

    func clientStreaming() async throws {
        let response = try await client.clientStreaming(
            TestService.streamingInputCall,
            Grpc_Testing_StreamingInputCallRequest.self,
            as: Grpc_Testing_StreamingInputCallResponse.self
        ) { requests in
            for size in Self.streamRequests { try await requests.write(.with { $0.payload = payload(size) }) }
        }
        #expect(response.aggregatedPayloadSize == 74922)
    }

    func clientCompressedStreaming() async throws {
        let response = try await client.clientStreaming(
            TestService.streamingInputCall,
            Grpc_Testing_StreamingInputCallRequest.self,
            as: Grpc_Testing_StreamingInputCallResponse.self,
            options: CallOptions(compression: .gzip)
        ) { requests in
            let first = Grpc_Testing_StreamingInputCallRequest.with {
                $0.payload = payload(27182)
                $0.expectCompressed.value = true
            }
            let second = Grpc_Testing_StreamingInputCallRequest.with {
                $0.payload = payload(45904)
                $0.expectCompressed.value = false
            }
            try await requests.write(first)
            try await requests.write(second, compress: false)
        }
        #expect(response.aggregatedPayloadSize == 73086)
    }

    func serverStreaming() async throws {
        let sizes = try await client.serverStreaming(
            TestService.streamingOutputCall,
            outputRequest(0, Self.streamResponses),
            as: Grpc_Testing_StreamingOutputCallResponse.self
        ) { responses in
            try await responses.reduce(into: [Int]()) { $0.append($1.payload.body.count) }
        }
        #expect(sizes == Self.streamResponses)
    }

    func serverCompressedStreaming() async throws {
        let received = try await client.serverStreaming(
            TestService.streamingOutputCall,
            outputRequest(0, [31415, 92653], compressed: [true, false]),
            as: Grpc_Testing_StreamingOutputCallResponse.self
        ) { responses in
            try await responses.received.reduce(into: [ReceivedMessage<Grpc_Testing_StreamingOutputCallResponse>]()) {
                $0.append($1)
            }
        }
        #expect(received.map(\.message.payload.body.count) == [31415, 92653])
        #expect(received.map(\.wasCompressed) == [true, false])
    }
}
