import Foundation

/// Who pauses queues and resumes them, whatever breaks meanwhile.
struct Operator: Sendable {
    /// How long a request may take.
    private static let patience = Duration.seconds(60)

    var ports: [Int]
    /// An administrator.
    var caller: HTTP.Credential
    var isVerbose = false

    /// Pauses queues for their time and resumes them.
    ///
    /// - Returns: What was done when.
    func run(_ pauses: [Pause]) async throws -> [Evidence.Pause] {
        let start = ContinuousClock.now
        return try await withThrowingTaskGroup(of: [Evidence.Pause].self) { group in
            for ofOne in Dictionary(grouping: pauses, by: \.queue).values {
                group.addTask {
                    var done: [Evidence.Pause] = []
                    for pause in ofOne.sorted(by: { $0.start < $1.start }) {
                        try await Task.sleep(until: start + pause.start, clock: .continuous)
                        if isVerbose { print("\(pause.start.inSeconds) s: \(pause)") }
                        done.append(try await hold(pause, until: start + pause.end))
                    }
                    return done
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// Resumes what is paused still: a request that was given up may have been carried out long after, by a process that had been frozen.
    ///
    /// - Parameter done: What was done before.
    /// - Returns: The pauses that nobody meant.
    func resumeRest(after done: [Evidence.Pause]) async throws -> [Evidence.Pause] {
        struct State: Decodable { var paused: Bool }
        var rest: [Evidence.Pause] = []
        for (queue, pauses) in Dictionary(grouping: done, by: \.queue) {
            let path = "/queues/\(queue.name)?tenant=\(queue.tenant.rawValue)"
            let answer = try await HTTP.insist("GET", port: ports[0], path, as: caller)
            // Of a queue that nobody used nothing is known.
            guard answer.status == 200, try answer.decode(State.self).paused, let last = pauses.map(\.resumed).max()
            else { continue }
            guard await send("resume", queue, until: .now + Self.patience) else { throw NotResumed(queue: queue) }
            rest.append(Evidence.Pause(queue: queue, asked: last, held: nil, resuming: Date(), resumed: Date()))
        }
        return rest
    }

    private func hold(_ pause: Pause, until end: ContinuousClock.Instant) async throws -> Evidence.Pause {
        var done = Evidence.Pause(queue: pause.queue, asked: Date(), held: nil, resuming: Date(), resumed: Date())
        if await send("pause", pause.queue, until: end) { done.held = Date() }
        try await Task.sleep(until: end, clock: .continuous)
        done.resuming = Date()
        guard await send("resume", pause.queue, until: .now + Self.patience) else {
            throw NotResumed(queue: pause.queue)
        }
        done.resumed = Date()
        return done
    }

    private func send(_ what: String, _ queue: ChaosQueue, until deadline: ContinuousClock.Instant) async -> Bool {
        for attempt in 0... {
            guard ContinuousClock.now < deadline else { break }
            let path = "/queues/\(queue.name)/\(what)?tenant=\(queue.tenant.rawValue)"
            let port = ports[attempt % ports.count]
            let answer = try? await HTTP.send("POST", port: port, path, as: caller)
            // A queue that nobody used is not known, and so not paused.
            if answer?.status == 200 || (answer?.status == 404 && what == "resume") { return true }
            try? await Task.sleep(for: .milliseconds(200))
        }
        return false
    }
}

/// A queue that could not be resumed, which spoils the run.
struct NotResumed: Error, CustomStringConvertible {
    var queue: ChaosQueue

    var description: String { "nobody let the queue \(queue) be resumed" }
}
