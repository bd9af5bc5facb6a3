import AsyncHTTPClient
import Concurrency
import Foundation
import HTTPFailures
import NIOCore
import NIOHTTP1

/// Makes calls of an installation's REST API in the name of a credential.
struct APIClient: Sendable {
    /// Where the installation is.
    let address: String
    let credential: Credential
    /// How long an answer may take.
    var timeout = Duration.seconds(30)

    /// By what a caller proves who it is.
    enum Credential: Sendable {
        case none
        case apiKey(String)
        case session(Session)
    }

    /// The most bytes of an answer: far above a page of jobs.
    private static let maxAnswerBytes = 256 << 20
    /// The longest that a `Retry-After` is waited for.
    private static let longestPause = Duration.seconds(5)
    private static let attempts = 4

    /// The connections of all clients of this process.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(5)
        // Above every wait for an answer, and the pauses between comments of a stream of events.
        configuration.timeout.read = .seconds(130)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 512
        // Jobs that resemble each other shrink beyond the ratio up to which answers are taken compressed.
        configuration.decompression = .disabled
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Makes a call; one that is refused for now, and says when to come again, is made again.
    ///
    /// - Throws: ``CommandFailure`` for every answer that is no success; `CancellationError`.
    @discardableResult
    func send(_ call: APICall) async throws -> APIAnswer {
        let answer = try await exchange(call)
        guard (200..<300).contains(answer.status) else { throw failure(answer, to: call) }
        return answer
    }

    /// Makes a call and hands out whatever is answered.
    ///
    /// - Throws: ``CommandFailure`` when nothing is; `CancellationError`.
    func exchange(_ call: APICall) async throws -> APIAnswer {
        var attempt = 1
        while true {
            let answer = try await signed(call)
            guard [429, 503].contains(answer.status), attempt < Self.attempts,
                let seconds = answer.headers.first(name: "Retry-After").flatMap(Double.init),
                .seconds(seconds) <= Self.longestPause
            else { return answer }
            try await Task.sleep(for: .seconds(max(seconds, 0.2)))
            attempt += 1
        }
    }

    private func signed(_ call: APICall) async throws -> APIAnswer {
        switch credential {
        case .none: return try await once(call)
        case .apiKey(let key): return try await once(call, ("X-API-Key", key))
        case .session(let session):
            let token = try await session.token()
            let answer = try await once(call, ("Authorization", "Bearer \(token)"))
            guard answer.status == 401 else { return answer }
            // Revoked, or expired by the installation's clock. A new one may do; a second refusal is final.
            let next = try await session.token(insteadOf: token)
            return try await once(call, ("Authorization", "Bearer \(next)"))
        }
    }

    private func once(_ call: APICall, _ signature: (String, String)? = nil) async throws -> APIAnswer {
        let limit = timeout + call.patience
        do {
            let result = await withTimeLimit(limit) {
                await Result<APIAnswer, any Error>.of {
                    let response = try await Self.http.execute(
                        request(call, signature),
                        deadline: .now() + TimeAmount(limit)
                    )
                    let body = try await response.body.collect(upTo: Self.maxAnswerBytes)
                    return answer(response, body, to: call)
                }
            }
            try Task.checkCancellation()
            guard let result else { throw HTTPClientError.deadlineExceeded }
            return try result.get()
        } catch {
            try Task.checkCancellation()
            throw unreachable(error)
        }
    }

    /// Makes a call whose answer has no end, such as a stream of events, and hands its bytes to a body as they come.
    ///
    /// - Throws: ``CommandFailure`` for an answer that is no success; what the body throws.
    func stream(_ call: APICall, _ body: (ArraySlice<UInt8>) async throws -> Void) async throws {
        do {
            var response = try await opened(call, insteadOf: nil)
            if response.status == .unauthorized, case .session(let session) = credential {
                // Revoked, or expired by the installation's clock, as with any other call.
                response = try await opened(call, insteadOf: try await session.token())
            }
            guard response.status == .ok else {
                throw failure(answer(response, try await response.body.collect(upTo: 1 << 20), to: call), to: call)
            }
            guard response.headers.first(name: "Content-Type")?.lowercased().hasPrefix("text/event-stream") == true
            else {
                let answer = answer(response, try await response.body.collect(upTo: 1 << 20), to: call)
                throw answer.surprise(answer.kindOfBody ?? "what is no stream of events")
            }
            for try await chunk in response.body { try await body(Array(chunk.readableBytesView)[...]) }
        } catch let error as CommandFailure {
            throw error
        } catch {
            try Task.checkCancellation()
            throw unreachable(error)
        }
    }

    /// Begins an answer that has no end; the time is one for its head alone.
    private func opened(_ call: APICall, insteadOf refused: String?) async throws -> HTTPClientResponse {
        var signature: (String, String)?
        switch credential {
        case .none: break
        case .apiKey(let key): signature = ("X-API-Key", key)
        case .session(let session):
            let token =
                if let refused { try await session.token(insteadOf: refused) } else { try await session.token() }
            signature = ("Authorization", "Bearer \(token)")
        }
        return try await Self.http.execute(request(call, signature), deadline: .distantFuture)
    }

    private func answer(_ response: HTTPClientResponse, _ body: ByteBuffer, to call: APICall) -> APIAnswer {
        APIAnswer(
            address: address,
            question: call.question,
            status: Int(response.status.code),
            headers: response.headers,
            body: Array(body.readableBytesView)
        )
    }

    private func request(_ call: APICall, _ signature: (String, String)?) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: address + call.target)
        request.method = HTTPMethod(rawValue: call.method.rawValue)
        request.headers.add(name: "User-Agent", value: "queueflow")
        request.headers.add(name: "Accept", value: "*/*")
        if let signature { request.headers.add(name: signature.0, value: signature.1) }
        for (name, value) in call.headers { request.headers.add(name: name, value: value) }
        if let body = call.body {
            request.headers.add(name: "Content-Type", value: call.contentType)
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        return request
    }

    private func unreachable(_ error: any Error) -> CommandFailure {
        if let error = error as? HTTPParserError {
            return CommandFailure(
                .failure,
                "what listens at \(address) does not speak HTTP (\(error)); is this the right port, and is it http or https?"
            )
        }
        return CommandFailure(
            .unreachable,
            "\(address) does not answer: \(HTTPFailure(error)). Is it running, and is this the right URL? "
                + "(queueflow up starts one here; --url or QUEUEFLOW_URL names another)"
        )
    }
}

extension Result where Failure == any Error {
    /// What a body returns or throws.
    static func of(_ body: () async throws -> Success) async -> Self {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}
