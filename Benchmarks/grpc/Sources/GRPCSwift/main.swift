import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import Messages
import SwiftProtobuf

struct EchoService: RegistrableRPCService {
    static let service = ServiceDescriptor(fullyQualifiedService: "benchmark.EchoService")
    static let unary = MethodDescriptor(service: service, method: "Unary")
    static let stream = MethodDescriptor(service: service, method: "Stream")

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: Self.unary, deserializer: ProtobufDeserializer<Benchmark_Echo>(),
            serializer: ProtobufSerializer<Benchmark_Echo>()
        ) { request, _ in
            let request = try await ServerRequest(stream: request)
            return StreamingServerResponse(single: ServerResponse(message: request.message))
        }
        router.registerHandler(
            forMethod: Self.stream, deserializer: ProtobufDeserializer<Benchmark_Echo>(),
            serializer: ProtobufSerializer<Benchmark_Echo>()
        ) { request, _ in
            StreamingServerResponse { writer in
                for try await message in request.messages { try await writer.write(message) }
                return [:]
            }
        }
    }
}

func serve(port: Int) async throws {
    let server = GRPCServer(
        transport: .http2NIOPosix(address: .ipv4(host: "127.0.0.1", port: port), transportSecurity: .plaintext),
        services: [EchoService()])
    try await server.serve()
}

func load(_ scenario: String, port: Int, seconds: Double) async throws {
    let message = Benchmark_Echo.with { $0.body = .init(repeating: 7, count: Load.size) }
    try await withGRPCClient(
        transport: try .http2NIOPosix(target: .ipv4(address: "127.0.0.1", port: port), transportSecurity: .plaintext)
    ) { client in
        try await Load(seconds: seconds).run { end in
            scenario == "unary"
                ? try await unary(client, message, until: end) : try await stream(client, message, until: end)
        }
    }
}

func unary(
    _ client: GRPCClient<some ClientTransport>, _ message: Benchmark_Echo, until end: ContinuousClock.Instant
) async throws -> Int {
    var count = 0
    while ContinuousClock.now < end {
        _ = try await client.unary(
            request: ClientRequest(message: message), descriptor: EchoService.unary,
            serializer: ProtobufSerializer<Benchmark_Echo>(), deserializer: ProtobufDeserializer<Benchmark_Echo>(),
            options: .defaults
        ) { try $0.message }
        count += 1
    }
    return count
}

func stream(
    _ client: GRPCClient<some ClientTransport>, _ message: Benchmark_Echo, until end: ContinuousClock.Instant
) async throws -> Int {
    var total = 0
    while ContinuousClock.now < end {
        let request = StreamingClientRequest<Benchmark_Echo> { writer in
            for _ in 0..<Load.messagesPerStream { try await writer.write(message) }
        }
        total += try await client.bidirectionalStreaming(
            request: request, descriptor: EchoService.stream, serializer: ProtobufSerializer<Benchmark_Echo>(),
            deserializer: ProtobufDeserializer<Benchmark_Echo>(), options: .defaults
        ) { response in
            var count = 0
            for try await _ in response.messages { count += 1 }
            return count
        }
    }
    return total
}

let arguments = CommandLine.arguments
switch arguments.dropFirst().first {
case "serve" where arguments.count == 3: try await serve(port: Int(arguments[2]) ?? 0)
case "load" where arguments.count == 5:
    try await load(arguments[2], port: Int(arguments[3]) ?? 0, seconds: Double(arguments[4]) ?? 1)
default: print("usage: serve PORT | load unary|stream PORT SECONDS")
}
