import Foundation
import Kafka
import Logging
import QueueFlowClient
import QueueFlowJobs
import QueueFlowWorker
import ServiceLifecycle
import Testing

private struct ImportFile: Job {
    static let type = "file.import"
    static let defaults = JobOptions(maxAttempts: 3, backoff: .fixed(.milliseconds(10)))
    var pages: Int
}

private struct IndexPage: Job {
    static let type = "page.index"
    var page: Int
}

private struct Crash: Error {}

/// A worker of one's own against everything there is.
extension EndToEndTests {
    @Test func aHandlerIsFollowedGoesOnAndHasChildren() async throws {
        try await TestStack.run { stack in
            var worker = Worker(
                configuration: WorkerConfiguration(
                    name: "mine",
                    controlAddresses: [stack.grpcAddress(of: .jobService)],
                    token: TestStack.workerToken,
                    kafkaBrokers: stack.kafka.brokers,
                    concurrency: 4
                ),
                logger: Logger(label: "mine") { _ in SwiftLogNoOpLogHandler() }
            )
            worker.handle(ImportFile.self) { file, job in
                for page in (try job.checkpoint(as: Int.self) ?? 0)..<file.pages {
                    job.log("page \(page)")
                    try await job.submit(IndexPage(page: page), key: "page \(page)")
                    job.progress(Double(page + 1) / Double(file.pages), "page \(page + 1)")
                    // Every attempt but the last one ends between two steps that belong together.
                    if page == job.attempt { throw Crash() }
                    try await job.saveCheckpoint(page + 1)
                }
            }
            worker.handle(IndexPage.self, concurrency: 1) { _, job in
                guard !job.tags.isEmpty || job.createdAt <= job.queuedAt else { throw Crash() }
            }
            let group = ServiceGroup(
                services: [worker],
                logger: Logger(label: "mine") { _ in SwiftLogNoOpLogHandler() }
            )
            let working = Task { try await group.run() }
            let admin = QueueFlowCredential.password(username: "admin", password: TestStack.adminPassword)
            try await withQueueFlowClient(url: stack.url, credential: admin) { client in
                let handle = try await client.submit(ImportFile(pages: 3))
                let job = try await handle.ended(within: .seconds(30))
                #expect(job.state == .completed && job.attempt == 3, "\(job.error ?? "")")
                #expect(job.progress?.fraction == 1 && job.progress?.run == 3)
                let lines = try await client.logLines(of: handle.id)
                #expect(lines.map(\.message) == ["page 2", "page 2", "page 1", "page 1", "page 0"])
                #expect(lines.map(\.run) == [3, 2, 2, 1, 1])
                var children: [JobRecord] = []
                for try await child in client.jobs(JobFilter(parent: handle.id)) { children.append(child) }
                #expect(children.count == 3 && children.allSatisfy { $0.parentID == handle.id })
                for child in children {
                    #expect(try await client.wait(for: child.id, within: .seconds(20)).state == .completed)
                }
            }
            working.cancel()
            _ = await working.result
        }
    }
}
