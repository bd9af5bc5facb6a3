import Formats
import Foundation
import NIOHTTP1
public import QueueFlowJobs

/// What can be done with jobs that were submitted.
extension QueueFlowClient {
    /// The longest that one request waits: shorter than gateways let a connection be silent.
    private static let longestWait = Duration.seconds(30)

    /// A job.
    ///
    /// - Throws: ``QueueFlowError``, of kind ``QueueFlowError/Kind/notFound`` when there is none.
    public func job(_ id: String) async throws -> JobRecord {
        try await record(.get("/jobs/\(id.percentEncoded)", "reading job \(id)"))
    }

    /// What a job's handlers logged with it, the newest first.
    ///
    /// - Parameters:
    ///   - id: The job's id.
    ///   - run: Of which run; nil means of all that are kept.
    ///   - limit: The most lines, 1 to 2560.
    /// - Throws: ``QueueFlowError``.
    public func logLines(of id: String, run: Int? = nil, limit: Int = 500) async throws -> [JobLogLine] {
        struct Lines: Decodable { var lines: [JobLogLine] }
        let query = "limit=\(limit)" + (run.map { "&run=\($0)" } ?? "")
        let call = Call.get("/jobs/\(id.percentEncoded)/log?\(query)", "reading the log of job \(id)")
        return try read(try await transport.send(call), call) { try JobCoding.decode(Lines.self, from: $0).lines }
    }

    /// Jobs, the newest first, page by page as they are asked for.
    public func jobs(_ filter: JobFilter = JobFilter()) -> JobList {
        JobList(client: self, filter: filter)
    }

    /// A job that was submitted before, such as by another process.
    ///
    /// - Parameters:
    ///   - id: Its id.
    ///   - output: What it results in.
    public func handle<Output>(_ id: String, output: Output.Type = NoOutput.self) -> JobHandle<Output> {
        JobHandle(id: id, isRepeat: false, client: self)
    }

    /// Cancels a job: at once when it waits; when it runs, its worker is told, and it ends soon. May be asked any number of times.
    ///
    /// - Returns: The job as it is then.
    /// - Throws: ``QueueFlowError``, of kind ``QueueFlowError/Kind/conflict`` when it has ended otherwise.
    @discardableResult
    public func cancel(_ id: String) async throws -> JobRecord {
        try await record(.post("/jobs/\(id.percentEncoded)/cancel", "cancelling job \(id)"))
    }

    /// Has a job run now that waits for its time or its next attempt, or that is dead.
    ///
    /// - Returns: The job as it is then.
    /// - Throws: ``QueueFlowError``, of kind ``QueueFlowError/Kind/conflict`` when its state does not allow that.
    @discardableResult
    public func retry(_ id: String) async throws -> JobRecord {
        var call = Call.post("/jobs/\(id.percentEncoded)/retry", "retrying job \(id)")
        call.repetition = .harmful
        return try await record(call)
    }

    /// What became of a job's attempts, the newest first: those that failed, and the one that is under way, succeeded or was stopped.
    ///
    /// - Throws: ``QueueFlowError``, of kind ``QueueFlowError/Kind/notFound`` when there is no such job.
    public func attempts(of id: String) async throws -> [JobAttempt] {
        struct List: Decodable {
            var attempts: [JobAttempt]
        }
        let call = Call.get("/jobs/\(id.percentEncoded)/attempts", "reading the attempts of job \(id)")
        let answer = try await transport.send(call)
        return try read(answer, call) { try JobCoding.decode(List.self, from: $0).attempts }
    }

    /// Waits for a job to end, however it does.
    ///
    /// - Parameters:
    ///   - id: Its id.
    ///   - time: For how long.
    /// - Throws: ``JobOutcomeError`` when it has not ended by then; ``QueueFlowError``.
    public func wait(for id: String, within time: Duration = .seconds(60)) async throws -> JobRecord {
        let deadline = ContinuousClock.now + time
        var latest: JobRecord?
        var failure: QueueFlowError?
        var pauses = 0
        repeat {
            let start = ContinuousClock.now
            let left = min(max(deadline - start, .zero), Self.longestWait)
            let seconds = Int(left.inSeconds.rounded(.up))
            var call = Call.get("/jobs/\(id.percentEncoded)?wait=\(seconds)", "waiting for job \(id)")
            call.patience = .seconds(seconds)
            if time > .zero { call.deadline = deadline }
            do {
                latest = try await record(call)
                failure = nil
            } catch let error as QueueFlowError where error.isPassing && time > .zero {
                // It may pass while there is time. An attempt that the end of that time cut short says less than what was answered before.
                if error.kind != .timedOut { failure = error }
            }
            if let latest, latest.state.hasEnded { return latest }
            // An instance that is ending answers at once, and one that is away not at all. Its successor does not come the sooner for being asked more
            // often.
            if ContinuousClock.now - start < left, ContinuousClock.now < deadline {
                pauses += 1
                try await Task.sleep(for: min(transport.configuration.pause(afterAttempt: pauses), deadline - .now))
            } else {
                pauses = 0
            }
        } while ContinuousClock.now < deadline
        // Without an answer in all that time, why there was none is what is to be known.
        if let failure, latest == nil { throw failure }
        throw JobOutcomeError(.notEnded, id, latest)
    }

    func record(_ call: Call) async throws -> JobRecord {
        let answer = try await transport.send(call)
        return try read(answer, call) { try JobRecord(json: $0, codec: transport.configuration.codec) }
    }

    /// Reads an answer's body.
    ///
    /// - Throws: ``QueueFlowError`` when it is none of QueueFlow's.
    func read<Value>(_ answer: Answer, _ call: Call, _ read: (Data) throws -> Value) throws(QueueFlowError) -> Value {
        do {
            return try read(answer.body)
        } catch {
            let reason = explanation(of: error, decoding: answer.body)
            var failure = QueueFlowError(.unexpectedAnswer, "the answer cannot be read: \(reason)")
            failure.action = call.action
            failure.status = answer.status
            failure.requestID = answer.headers.first(name: "X-Request-Id")
            throw failure
        }
    }
}
