import GRPC
import Messages
import SwiftProtobuf

struct EchoService: GRPCService {
    static let unary = MethodDescriptor(service: "benchmark.EchoService", method: "Unary")
    static let stream = MethodDescriptor(service: "benchmark.EchoService", method: "Stream")

    func register(in router: inout GRPCRouter) {
        router.unary(Self.unary, Benchmark_Echo.self, Benchmark_Echo.self) { request, _ in request }
        router.bidirectional(Self.stream, Benchmark_Echo.self, Benchmark_Echo.self) { requests, responses, _ in
            for try await request in requests { try await responses.write(request) }
        }
    }
}

func serve(port: Int) async throws {
    let server = try GRPCServer(
        configuration: GRPCServerConfiguration(host: "127.0.0.1", port: port), services: [EchoService()])
    try await server.run()
}

func load(_ scenario: String, port: Int, seconds: Double) async throws {
    let client = try GRPCClient(configuration: GRPCClientConfiguration(addresses: ["127.0.0.1:\(port)"]))
    let message = Benchmark_Echo.with { $0.body = .init(repeating: 7, count: Load.size) }
    try await withThrowingTaskGroup { group in
        group.addTask { try await client.run() }
        try await Load(seconds: seconds).run { end in
            scenario == "unary"
                ? try await unary(client, message, until: end) : try await stream(client, message, until: end)
        }
        group.cancelAll()
    }
}

func unary(_ client: GRPCClient, _ message: Benchmark_Echo, until end: ContinuousClock.Instant) async throws -> Int {
    var count = 0
    while ContinuousClock.now < end {
        _ = try await client.unary(EchoService.unary, message, as: Benchmark_Echo.self)
        count += 1
    }
    return count
}

func stream(_ client: GRPCClient, _ message: Benchmark_Echo, until end: ContinuousClock.Instant) async throws -> Int {
    var total = 0
    while ContinuousClock.now < end {
        total += try await client.bidirectional(EchoService.stream, Benchmark_Echo.self, Benchmark_Echo.self) {
            requests, responses in
            async let writing: Void = {
                for _ in 0..<Load.messagesPerStream { try await requests.write(message) }
                requests.finish()
            }()
            var count = 0
            for try await _ in responses { count += 1 }
            try await writing
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
