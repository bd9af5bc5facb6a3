import Foundation
public import QueueFlowJobs
import Synchronization

/// Submitting jobs as they come.
extension QueueFlowClient {
    /// Submits jobs as they come, until there are no more. Those that come while a request is under way form the next one: so a slow
    /// stream's jobs do not wait, and a fast one's go out by the thousand. No more are taken from the stream than that.
    ///
    /// - Parameters:
    ///   - jobs: The jobs.
    ///   - options: What is to hold instead of the kind's defaults.
    ///   - batchSize: The most jobs of one request: 1 to 10 000.
    ///   - taken: Is told of each request's jobs once they are on record, in their order.
    /// - Returns: How many were submitted.
    /// - Throws: What the stream and `taken` throw; ``QueueFlowError``; `EncodingError`. What `taken` was told of is on record.
    @discardableResult
    public func submit<Jobs: AsyncSequence & Sendable>(
        contentsOf jobs: Jobs,
        options: JobOptions = JobOptions(),
        batchSize: Int = 1_000,
        taken: ([JobHandle<Jobs.Element.Output>]) async throws -> Void = { _ in }
    ) async throws -> Int where Jobs.Element: Job {
        let buffer = SubmissionBuffer<Jobs.Element>(limit: min(max(batchSize, 1), 10_000))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // However it ends, what has come is submitted.
                defer { buffer.finish() }
                var rooms = buffer.rooms.makeAsyncIterator()
                for try await job in jobs {
                    while !buffer.put(job) {
                        guard await rooms.next() != nil else { throw CancellationError() }
                    }
                }
            }
            var count = 0
            var arrivals = buffer.arrivals.makeAsyncIterator()
            while let batch = buffer.take() {
                if batch.isEmpty {
                    _ = await arrivals.next()
                    try Task.checkCancellation()
                } else {
                    try await taken(submit(contentsOf: batch, options: options))
                    count += batch.count
                }
            }
            try await group.waitForAll()
            // Some sequences just end when their reader is cancelled.
            try Task.checkCancellation()
            return count
        }
    }
}

/// Jobs that came and were not submitted yet. One task puts in and one takes out.
private final class SubmissionBuffer<Element: Sendable>: Sendable {
    private let state = Mutex<(jobs: [Element], isFinished: Bool)>(([], false))
    private let limit: Int
    /// Says that something came, or that nothing will.
    let arrivals: AsyncStream<Void>
    /// Says that there is room again.
    let rooms: AsyncStream<Void>
    private let (arrival, room): (AsyncStream<Void>.Continuation, AsyncStream<Void>.Continuation)

    /// A buffer of so many jobs.
    init(limit: Int) {
        self.limit = limit
        let arriving = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let making = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (arrivals, rooms) = (arriving.stream, making.stream)
        (arrival, room) = (arriving.continuation, making.continuation)
    }

    /// Puts a job in; false when there is no room.
    func put(_ job: Element) -> Bool {
        let hasRoom = state.withLock { state in
            guard state.jobs.count < limit else { return false }
            state.jobs.append(job)
            return true
        }
        if hasRoom { arrival.yield() }
        return hasRoom
    }

    /// Nothing more will come.
    func finish() {
        state.withLock { $0.isFinished = true }
        arrival.yield()
    }

    /// Takes out all there is; nil when nothing will come any more.
    func take() -> [Element]? {
        let jobs: [Element]? = state.withLock { state in
            if state.jobs.isEmpty, state.isFinished { return nil }
            defer { state.jobs = [] }
            return state.jobs
        }
        room.yield()
        return jobs
    }
}
