import Foundation
import NIOCore
import Synchronization

/// Clients that submit a mix of jobs, whatever breaks meanwhile.
///
/// Every single submission carries an idempotency key and is repeated, to another job-service each time, until it is answered: as a
/// careful client does. A batch has no key, so one without an answer may be stored or not.
final class Workload: Sendable {
    /// What clients saw.
    struct Observations: Sendable {
        var accepted: [AcceptedJob] = []
        /// Requests that had to be repeated, by the status of the answer; 0 when there was none.
        var repeats: [UInt: Int] = [:]
        /// Answers that say a request is wrong, though none is.
        var wrongRefusals: [String] = []
        /// Jobs whose cancellation was answered with success.
        var cancellations = 0
        /// Batches that were stored, and that may have been.
        var batches = 0
        var batchesWithoutAnswer = 0
    }

    private struct Created: Decodable { var id: String }
    private struct CreatedBatch: Decodable { var ids: [String] }

    /// How many jobs go into one request.
    private static let batch = 10_000
    /// How often a batch is sent before its jobs are left out.
    private static let batchTries = 5

    private let ports: [Int]
    private let callers: [ChaosQueue.Tenant: HTTP.Credential]
    private let isVerbose: Bool
    private let observations = Mutex(Observations())

    init(ports: [Int], as callers: [ChaosQueue.Tenant: HTTP.Credential], isVerbose: Bool = false) {
        self.ports = ports
        self.callers = callers
        self.isVerbose = isVerbose
    }

    /// What clients have seen so far.
    var seen: Observations { observations.withLock { $0 } }

    /// Submits jobs at a rate, for so long, and surges at their time, and waits until the last one is answered.
    ///
    /// - Parameters:
    ///   - seed: What the mix follows from.
    ///   - rate: Jobs a second, besides surges.
    ///   - duration: How long.
    ///   - patience: How long the last requests may take to be answered.
    func run(seed: UInt64, rate: Int, surges: [Surge], for duration: Duration, patience: Duration) async {
        let clock = ContinuousClock()
        let start = clock.now
        let end = start + duration
        await withTaskGroup(of: Void.self) { group in
            for (number, surge) in surges.enumerated() {
                group.addTask {
                    try? await clock.sleep(until: start + surge.start)
                    await self.submit(surge, "\(surge.kind.rawValue)-\(number)", seed: seed, until: end + patience)
                }
            }
            var generator = SeededGenerator(seed: seed ^ 0x6A6F_6273)
            var next = start
            var number = 0
            var running = surges.count
            while next < end {
                try? await clock.sleep(until: next)
                next += .microseconds(1_000_000 / rate)
                number += 1
                let kind = JobKind.pick(using: &generator)
                let queue = generator.pick(ChaosQueue.steady)
                let submission = Submission(kind, mark: "\(kind.rawValue)-\(number)", queue: queue, using: &generator)
                let cancelAfter = Duration.milliseconds(Int.random(in: 0...3_000, using: &generator))
                group.addTask {
                    await self.submit(submission, kind, queue.tenant, until: end + patience)
                    if kind == .cancelled {
                        await self.cancel(submission.payload.mark, queue.tenant, after: cancelAfter, until: end)
                    }
                }
                running += 1
                // Bounds the requests under way while nobody answers.
                if running > 1_000 {
                    await group.next()
                    running -= 1
                }
            }
        }
    }

    // MARK: One by one

    private func submit(
        _ submission: Submission,
        _ kind: JobKind,
        _ tenant: ChaosQueue.Tenant,
        until deadline: ContinuousClock.Instant
    ) async {
        let mark = submission.payload.mark
        let ids: [String] =
            if kind == .repeated {
                await withTaskGroup(of: String?.self) { group in
                    for index in 0..<3 {
                        group.addTask { await self.create(submission, mark, tenant, at: index, deadline) }
                    }
                    return await group.reduce(into: []) { if let id = $1 { $0.append(id) } }
                }
            } else {
                [await create(submission, mark, tenant, at: mark.utf8.count, deadline)].compactMap { $0 }
            }
        guard let id = ids.first else { return }
        let job = AcceptedJob(id: id, kind: kind, mark: mark, tenant: tenant, answered: Date(), ids: Set(ids))
        observations.withLock { $0.accepted.append(job) }
    }

    /// Sends a submission until it is answered; nil when the time is up first.
    private func create(
        _ submission: Submission,
        _ key: String,
        _ tenant: ChaosQueue.Tenant,
        at index: Int,
        _ deadline: ContinuousClock.Instant
    ) async -> String? {
        var attempt = index
        while ContinuousClock.now < deadline, !Task.isCancelled {
            let port = ports[attempt % ports.count]
            attempt += 1
            let answer = try? await HTTP.send(
                "POST",
                port: port,
                "/jobs",
                as: callers[tenant],
                idempotencyKey: key,
                body: submission
            )
            if let answer, answer.status == 200 || answer.status == 201, let job = try? answer.decode(Created.self) {
                return job.id
            }
            note(answer, to: key)
            try? await Task.sleep(for: .milliseconds(200))
        }
        return nil
    }

    private func note(_ answer: HTTP.Answer?, to request: String) {
        observations.withLock {
            $0.repeats[answer?.status ?? 0, default: 0] += 1
            if let answer, (400..<500).contains(answer.status) {
                $0.wrongRefusals.append(
                    "\(request) was answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))"
                )
            }
        }
    }

    private func cancel(
        _ mark: String,
        _ tenant: ChaosQueue.Tenant,
        after delay: Duration,
        until deadline: ContinuousClock.Instant
    ) async {
        try? await Task.sleep(for: delay)
        guard let id = observations.withLock({ $0.accepted.last { $0.mark == mark }?.id }) else { return }
        for attempt in 0... {
            guard ContinuousClock.now < deadline else { return }
            let port = ports[attempt % ports.count]
            if let answer = try? await HTTP.send("POST", port: port, "/jobs/\(id)/cancel", as: callers[tenant]) {
                switch answer.status {
                case 200, 202: return observations.withLock { $0.cancellations += 1 }
                // It has ended already.
                case 409: return
                default: break
                }
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    // MARK: In batches

    private func submit(
        _ surge: Surge,
        _ name: String,
        seed: UInt64,
        until deadline: ContinuousClock.Instant
    ) async {
        if isVerbose { print("\(surge.start.inSeconds) s: \(surge)") }
        var generator = SeededGenerator(seed: seed ^ UInt64(surge.jobs))
        for first in stride(from: 0, to: surge.jobs, by: Self.batch) {
            let numbers = first..<min(first + Self.batch, surge.jobs)
            for attempt in 0..<Self.batchTries where ContinuousClock.now < deadline {
                // Each try has marks of its own: the one before may have been stored.
                let submissions = numbers.map {
                    surge.submission($0, mark: "\(name)-\($0)-\(attempt)", using: &generator)
                }
                if await submitBatch(submissions, surge, at: first / Self.batch + attempt) { break }
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    private func submitBatch(_ submissions: [Submission], _ surge: Surge, at index: Int) async -> Bool {
        let answer = try? await HTTP.send(
            "POST",
            port: ports[index % ports.count],
            "/jobs/batch",
            as: callers[surge.queue.tenant],
            body: submissions,
            within: .seconds(30)
        )
        guard let answer, answer.status == 201, let ids = try? answer.decode(CreatedBatch.self).ids,
            ids.count == submissions.count
        else {
            note(answer, to: "a batch of \(surge)")
            if answer == nil { observations.withLock { $0.batchesWithoutAnswer += 1 } }
            return false
        }
        let now = Date()
        let jobs = zip(ids, submissions).map { id, submission in
            AcceptedJob(
                id: id,
                kind: surge.jobKind,
                mark: submission.payload.mark,
                tenant: surge.queue.tenant,
                hasKey: false,
                answered: now,
                ids: [id]
            )
        }
        observations.withLock {
            $0.accepted += jobs
            $0.batches += 1
        }
        return true
    }
}
