import Crypto
import Foundation
import QueueFlowWorker

extension Worker {
    /// Registers the job types every QueueFlow knows. `image.process` always fails: it shows the way to the dead letters.
    ///
    /// - Parameter settings: What `http.request` and `exec` may do. Without a command there is no handler for `exec`.
    mutating func registerBuiltinHandlers(_ settings: BuiltinSettings) {
        handle("noop") { _ in .none }
        handle("echo") { .json($0.payload) }
        handle("sleep", with: SleepHandler())
        handle("fail", with: FailHandler())
        handle("email.send", with: EmailHandler())
        handle("report.generate", with: ReportHandler())
        handle("heavy.task", with: HeavyTaskHandler())
        handle("image.process") { _ in throw NoImageProcessor() }
        handle("http.request", with: HTTPRequestHandler(allowed: settings.httpRequestAllow))
        if !settings.execAllow.isEmpty {
            handle("exec", with: ExecHandler(allowed: settings.execAllow, account: settings.execAccount))
        }
    }
}

/// What `image.process` fails with.
private struct NoImageProcessor: Error, CustomStringConvertible {
    var description: String { "this worker has nothing that processes images" }
}

/// `sleep {seconds}`: sleeps so long.
struct SleepHandler: JobHandler {
    private struct Payload: Decodable {
        var seconds: Double
    }

    func run(_ job: RunningJob) async throws -> JobResult {
        let payload = try job.decodePayload(as: Payload.self)
        guard (0...86_400).contains(payload.seconds) else {
            throw JobFailure.discard("seconds is \(payload.seconds); expected 0 to 86400")
        }
        try await Task.sleep(for: .seconds(payload.seconds))
        return .none
    }
}

/// `fail {times}`: fails in its first `times` attempts, then succeeds.
struct FailHandler: JobHandler {
    private struct Payload: Decodable {
        var times: Int
    }

    private struct FailedOnRequest: Error, CustomStringConvertible {
        var attempt: Int
        var times: Int

        var description: String { "attempt \(attempt) failed as requested; the first \(times) do" }
    }

    func run(_ job: RunningJob) async throws -> JobResult {
        let times = try job.decodePayload(as: Payload.self).times
        guard job.attempt > times else { throw FailedOnRequest(attempt: job.attempt, times: times) }
        return .none
    }
}

/// `email.send`: stands in for a mail server. Takes about a second and succeeds.
struct EmailHandler: JobHandler {
    private struct Sent: Encodable {
        var messageID: String

        private enum CodingKeys: String, CodingKey {
            case messageID = "message_id"
        }
    }

    func run(_ job: RunningJob) async throws -> JobResult {
        try await Task.sleep(for: .milliseconds(.random(in: 800...1_200)))
        return try .encoding(Sent(messageID: "<\(job.id)@queueflow>"))
    }
}

/// `report.generate`: stands in for a reporting database. Takes 2 to 5 seconds and fails 3 times in 10.
struct ReportHandler: JobHandler {
    private struct DatabaseWasBusy: Error, CustomStringConvertible {
        var description: String { "the reporting database was busy" }
    }

    private struct Report: Encodable {
        var pages: Int
    }

    func run(_ job: RunningJob) async throws -> JobResult {
        job.progress(0, "asking the reporting database")
        try await Task.sleep(for: .milliseconds(.random(in: 1_000...2_500)))
        guard Int.random(in: 0..<10) >= 3 else { throw DatabaseWasBusy() }
        let pages = Int.random(in: 1...50)
        job.log("the database answered; the report has \(pages) pages")
        job.progress(0.5, "rendering \(pages) pages")
        try await Task.sleep(for: .milliseconds(.random(in: 1_000...2_500)))
        return try .encoding(Report(pages: pages))
    }
}

/// `heavy.task {data}`: keeps a processor busy. Hashes the payload again and again and returns the last digest.
struct HeavyTaskHandler: JobHandler {
    /// Some tenths of a second of work, in steps between which other jobs get their turn.
    private static let (steps, hashesInStep) = (100, 5_000)

    private struct Digested: Encodable {
        var sha256: String
    }

    func run(_ job: RunningJob) async throws -> JobResult {
        var digest = SHA256.hash(data: job.payload)
        for step in 0..<Self.steps {
            try Task.checkCancellation()
            job.progress(Double(step) / Double(Self.steps), "hashing")
            for _ in 0..<Self.hashesInStep {
                digest = digest.withUnsafeBytes { SHA256.hash(data: $0) }
            }
            await Task.yield()
        }
        return try .encoding(Digested(sha256: digest.map { String(format: "%02x", $0) }.joined()))
    }
}
