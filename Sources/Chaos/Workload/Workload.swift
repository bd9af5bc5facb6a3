import Foundation
import Synchronization

/// Clients that submit a mix of jobs, whatever breaks meanwhile.
///
/// Every submission carries an idempotency key and is repeated, to another job-service each time, until it is answered: as a
/// careful client does.
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
    }

    private struct Created: Decodable { var id: String }

    private let ports: [Int]
    private let caller: HTTP.Credential
    private let observations = Mutex(Observations())

    init(ports: [Int], as caller: HTTP.Credential) {
        self.ports = ports
        self.caller = caller
    }

    /// What clients have seen so far.
    var seen: Observations { observations.withLock { $0 } }

    /// Submits jobs at a rate, for so long, and waits until the last one is answered.
    ///
    /// - Parameters:
    ///   - seed: What the mix follows from.
    ///   - rate: Jobs a second.
    ///   - duration: How long.
    ///   - patience: How long the last requests may take to be answered.
    func run(seed: UInt64, rate: Int, for duration: Duration, patience: Duration) async {
        let clock = ContinuousClock()
        let start = clock.now
        let end = start + duration
        await withTaskGroup(of: Void.self) { group in
            var generator = SeededGenerator(seed: seed ^ 0x6A6F_6273)
            var next = start
            var number = 0
            var running = 0
            while next < end {
                try? await clock.sleep(until: next)
                next += .microseconds(1_000_000 / rate)
                number += 1
                let kind = JobKind.pick(using: &generator)
                let submission = Submission(kind, mark: "\(kind.rawValue)-\(number)", using: &generator)
                let cancelAfter = Duration.milliseconds(Int.random(in: 0...3_000, using: &generator))
                group.addTask {
                    await self.submit(submission, kind, until: end + patience)
                    if kind == .cancelled { await self.cancel(submission.payload.mark, after: cancelAfter, until: end) }
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

    private func submit(_ submission: Submission, _ kind: JobKind, until deadline: ContinuousClock.Instant) async {
        let mark = submission.payload.mark
        let ids: [String] =
            if kind == .repeated {
                await withTaskGroup(of: String?.self) { group in
                    for index in 0..<3 { group.addTask { await self.create(submission, mark, at: index, deadline) } }
                    return await group.reduce(into: []) { if let id = $1 { $0.append(id) } }
                }
            } else {
                [await create(submission, mark, at: mark.utf8.count, deadline)].compactMap { $0 }
            }
        guard let id = ids.first else { return }
        let job = AcceptedJob(id: id, kind: kind, mark: mark, answered: Date(), ids: Set(ids))
        observations.withLock { $0.accepted.append(job) }
    }

    /// Sends a submission until it is answered; nil when the time is up first.
    private func create(
        _ submission: Submission,
        _ key: String,
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
                as: caller,
                idempotencyKey: key,
                body: submission
            )
            if let answer, answer.status == 200 || answer.status == 201, let job = try? answer.decode(Created.self) {
                return job.id
            }
            observations.withLock {
                $0.repeats[answer?.status ?? 0, default: 0] += 1
                if let answer, (400..<500).contains(answer.status) {
                    $0.wrongRefusals.append(
                        "\(key) was answered \(answer.status): \(String(decoding: answer.body, as: UTF8.self))"
                    )
                }
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
        return nil
    }

    private func cancel(_ mark: String, after delay: Duration, until deadline: ContinuousClock.Instant) async {
        try? await Task.sleep(for: delay)
        guard let id = observations.withLock({ $0.accepted.last { $0.mark == mark }?.id }) else { return }
        for attempt in 0... {
            guard ContinuousClock.now < deadline else { return }
            let port = ports[attempt % ports.count]
            if let answer = try? await HTTP.send("POST", port: port, "/jobs/\(id)/cancel", as: caller) {
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
}
