import AsyncHTTPClient
import Formats
import Foundation
import HTTPFailures
import NIOCore
import NIOHTTP1

/// Logs in through the gateway, submits a job and shows its way until it has ended.
struct FirstJob: Sendable {
    /// The gateway's URL.
    let gateway: String
    let username: String
    let password: String
    /// The queue that it goes through; nil means the usual one.
    var queue: String?
    /// How long the job may take.
    var limit = Duration.seconds(60)

    /// - Throws: ``StackError/firstJob(_:)`` unless the job completes.
    func run(_ console: Console) async throws(StackError) {
        let token = try await login()
        let start = ContinuousClock.now
        let job = try await submit(token)
        console.line("A first job, email.send, id \(job.id):")
        var shown: String?
        while ContinuousClock.now - start < limit {
            let status = shown == nil ? job.status : try await status(of: job.id, token)
            if status != shown {
                let time = (ContinuousClock.now - start).brief
                console.line("  " + time.padding(toLength: 10, withPad: " ", startingAt: 0) + status)
                shown = status
            }
            switch status {
            case "completed": return
            case "dead", "cancelled": throw .firstJob("job \(job.id) ended as \(status)")
            default: break
            }
            do { try await Task.sleep(for: .milliseconds(20)) } catch { throw .firstJob("interrupted") }
        }
        throw .firstJob("job \(job.id) was still \(shown ?? "unknown") after \(limit.brief)")
    }

    private struct Login: Codable {
        let username: String
        let password: String
    }

    private struct Token: Decodable {
        let access_token: String
    }

    private struct Submission: Encodable {
        struct Payload: Encodable {
            let to = "someone@example.com"
            let subject = "Hello from QueueFlow"
        }

        let type = "email.send"
        let queue: String?
        let payload = Payload()
    }

    private struct Job: Decodable {
        let id: String
        let status: String
    }

    private func login() async throws(StackError) -> String {
        let body = Login(username: username, password: password)
        return try await send(.POST, "/login", body: body, expecting: [.ok], as: Token.self).access_token
    }

    private func submit(_ token: String) async throws(StackError) -> Job {
        try await send(
            .POST,
            "/jobs",
            token: token,
            body: Submission(queue: queue),
            expecting: [.created, .ok],
            as: Job.self
        )
    }

    private func status(of id: String, _ token: String) async throws(StackError) -> String {
        try await send(.GET, "/jobs/\(id)", token: token, body: Login?.none, expecting: [.ok], as: Job.self).status
    }
}

extension FirstJob {
    private func send<Answer: Decodable>(
        _ method: HTTPMethod,
        _ path: String,
        token: String? = nil,
        body: (some Encodable)?,
        expecting: [HTTPResponseStatus],
        as type: Answer.Type
    ) async throws(StackError) -> Answer {
        do {
            var request = HTTPClientRequest(url: gateway + path)
            request.method = method
            if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
            if let body {
                request.headers.add(name: "Content-Type", value: "application/json")
                request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
            }
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
            let answer = try await response.body.collect(upTo: 1 << 20)
            guard expecting.contains(response.status) else {
                throw StackError.firstJob(
                    "\(method.rawValue) \(gateway)\(path) was answered with \(response.status.code): "
                        + String(buffer: answer).prefix(500)
                )
            }
            return try JSONDecoder().decode(Answer.self, from: Data(answer.readableBytesView))
        } catch let error as StackError {
            throw error
        } catch {
            let reason = error is DecodingError ? explanation(of: error) : "\(HTTPFailure(error))"
            throw .firstJob("\(method.rawValue) \(gateway)\(path): \(reason)")
        }
    }
}
