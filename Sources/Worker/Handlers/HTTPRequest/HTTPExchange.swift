import AsyncHTTPClient
import Concurrency
import Foundation
import HTTPFailures
import JobCore
import NIOCore
import NIOHTTP1
import NIOPosix

/// One request and its answer, over a connection of its own to an address that was checked.
struct HTTPExchange {
    let call: HTTPCall
    let job: String
    let address: IPAddress

    /// Sends the request and reads the answer. Cancelling the task ends the connection.
    func run() async throws -> HTTPAnswer {
        // The client is given the address in place of the host, which still stands in the request, and against which a server's
        // certificate is checked.
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.dnsOverride = [call.target.host: address.description]
        configuration.httpVersion = .http1Only
        // Whether and when it is tried again is for the job's retry policy to say.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: configuration
        )
        do {
            let answer = try await exchange(with: client)
            try await client.shutdown()
            return answer
        } catch is CancellationError {
            try? await client.shutdown()
            throw CancellationError()
        } catch {
            try? await client.shutdown()
            let reason = "\(call.target.authority) did not answer: \(HTTPFailure(error))"
            throw HTTPRequestHandler.PlainFailure(description: reason)
        }
    }

    private func exchange(with client: HTTPClient) async throws -> HTTPAnswer {
        var request = HTTPClientRequest(url: call.target.url)
        request.method = HTTPMethod(rawValue: call.method)
        request.headers = call.headers
        request.headers.replaceOrAdd(name: "Idempotency-Key", value: job.description)
        if !request.headers.contains(name: "User-Agent") { request.headers.add(name: "User-Agent", value: "QueueFlow") }
        if let body = call.body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await client.execute(
            request,
            deadline: .now() + .milliseconds(call.timeout.millisecondsTruncated)
        )
        let (body, isCut) = try await Self.beginning(of: response.body)
        try Task.checkCancellation()
        return HTTPAnswer(
            status: Int(response.status.code),
            body: body,
            isCut: isCut,
            verdict: HTTPVerdict(
                status: Int(response.status.code),
                expected: call.expectedStatuses,
                retryAfter: response.headers.first(name: "Retry-After"),
                now: Date()
            )
        )
    }

    private static func beginning(of body: HTTPClientResponse.Body) async throws -> (text: String, isCut: Bool) {
        var bytes = ByteBuffer()
        for try await part in body {
            let room = HTTPRequestHandler.maxAnswerBytes - bytes.readableBytes
            bytes.writeImmutableBuffer(
                part.getSlice(at: part.readerIndex, length: min(room, part.readableBytes)) ?? part
            )
            if part.readableBytes > room { return (String(buffer: bytes), true) }
        }
        return (String(buffer: bytes), false)
    }
}

/// What a server answered, as it is kept with the job.
struct HTTPAnswer: Encodable {
    /// The status.
    var status: Int
    /// The beginning of the body, as text.
    var body: String
    /// Whether there was more of it.
    var isCut: Bool
    /// What it means for the job; not kept.
    var verdict: HTTPVerdict

    private enum CodingKeys: String, CodingKey {
        case status, body
        case isCut = "truncated"
    }
}
