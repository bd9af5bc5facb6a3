import Concurrency
import Testing

@testable import JobCore
@testable import JobService
@testable import JobStore
@testable import Platform

/// What administrators say about queues reaches workers and the admission control.
@Suite(.timeLimit(.minutes(1))) struct QueueDirectoryTests {
    private let queue = Backlog.sample().tenantQueue

    /// Runs a directory for as long as the body runs, with a worker that has a session.
    private func run(
        _ fixture: ControlFixture,
        _ limits: QueueLimits = QueueLimits(usual: 100),
        _ body: (_ next: () async throws -> WorkerSessions.News) async throws -> Void
    ) async throws {
        let sessions = WorkerSessions()
        let directory = QueueDirectory(
            stores: fixture.stores,
            limits: limits,
            sessions: sessions,
            listener: try fixture.listener(QueueStore.channel),
            logger: fixture.logger
        )
        let worker = WorkerID.make()
        let (number, signal) = try #require(sessions.add(worker, scope: .everything))
        let running = Task { try await directory.run() }
        try await body {
            while true {
                let news = try #require(sessions.takeNews(of: worker, number))
                if !news.isEmpty { return news }
                try Task.checkCancellation()
                await signal.wait()
            }
        }
        running.cancel()
        try await running.value
    }

    @Test func aPauseIsToldAndAResumedQueuesBacklogsAreHinted() async throws {
        try await ControlFixture.run { fixture in
            _ = try await fixture.openSession()
            for backlog in [Backlog.sample(), .sample(.critical), .sample(type: "unknown"), .sample("other")] {
                _ = try await fixture.submit(1, to: backlog)
            }
            try await fixture.pause(queue)
            try await run(fixture) { next in
                // What was paused before the service began is told, too.
                var news = try await next()
                #expect(news.pauses == [queue] && news.hints.isEmpty)
                try await fixture.pause(queue, false)
                news = try await next()
                #expect(news.pauses.isEmpty)
                #expect(news.hints == [.sample(): 0, .sample(.critical): 0])
                try await fixture.pause(queue)
                #expect(try await next().pauses == [queue])
            }
        }
    }

    @Test func aLimitHoldsAtOnce() async throws {
        try await ControlFixture.run { fixture in
            let limits = QueueLimits(usual: 100)
            try await run(fixture, limits) { next in
                #expect(limits[queue] == 100)
                let actor = AuditActor(Principal(subject: "test", tenant: .default, role: .admin))
                _ = try await fixture.stores.queues.change(queue, .maxDepth(7), ifVersion: nil, by: actor)
                // The limits are read before what is paused, so whoever hears of the pause finds the limit.
                try await fixture.pause(queue)
                _ = try await next()
                #expect(limits[queue] == 7)
            }
        }
    }
}

extension Backlog {
    fileprivate static func sample(_ priority: Priority) -> Backlog { sample("q", priority) }
}
