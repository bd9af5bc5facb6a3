import QueueFlowClient
import QueueFlowWorker
import Testing

/// What handlers say of their jobs, and the jobs that they submit.
extension ConformanceTests {
    struct ImportFile: Job {
        static let type = "file.import"
        static let defaults = JobOptions(maxAttempts: 3, backoff: .fixed(.milliseconds(10)))
        var pages: Int
    }

    struct IndexPage: Job {
        static let type = "page.index"
        var page: Int
    }

    @Test(arguments: Backend.allCases) func aHandlerIsFollowedGoesOnAndHasChildren(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            try await queueflow.start { worker in
                worker.handle(ImportFile.self) { file, job in
                    for page in (try job.checkpoint(as: Int.self) ?? 0)..<file.pages {
                        job.log("page \(page)")
                        try await job.submit(IndexPage(page: page), key: "page \(page)")
                        job.progress(Double(page + 1) / Double(file.pages), "page \(page + 1)")
                        // Every attempt but the last one ends between two steps that belong together.
                        if page == job.attempt { throw Broken() }
                        try await job.saveCheckpoint(page + 1)
                    }
                }
                worker.handle(IndexPage.self, concurrency: 1) { _, job in
                    guard job.createdAt <= job.queuedAt else { throw Broken() }
                }
            }
            let file = try await queueflow.client.submit(ImportFile(pages: 3))
            let job = try await queueflow.reach(.completed, file.id)
            #expect(job.attempt == 3 && job.parentID == nil)
            #expect(job.progress?.fraction == 1 && job.progress?.message == "page 3" && job.progress?.run == 3)
            let lines = try await queueflow.client.logLines(of: file.id)
            #expect(lines.map(\.message) == ["page 2", "page 2", "page 1", "page 1", "page 0"])
            #expect(lines.map(\.run) == [3, 2, 2, 1, 1] && lines.allSatisfy { $0.level == "info" })
            #expect(try await queueflow.client.logLines(of: file.id, run: 2, limit: 1).map(\.message) == ["page 2"])
            // One for each page, however often it was submitted.
            let children = try await queueflow.client.jobs(JobFilter(parent: file.id))
                .reduce(into: [JobRecord]()) { $0.append($1) }
            #expect(children.count == 3 && children.allSatisfy { $0.parentID == file.id && $0.type == "page.index" })
            for child in children { _ = try await queueflow.reach(.completed, child.id) }
        }
    }

    @Test(arguments: Backend.allCases) func aChildThatIsNotTakenIsRefusedToItsParent(_ backend: Backend) async throws {
        try await backend.run { queueflow in
            let ledger = Ledger()
            try await queueflow.start { worker in
                worker.handle(Work.self) { _, job in
                    func note(_ body: () async throws -> Void) async {
                        do { try await body() } catch { ledger.write("\(error)") }
                    }
                    await note { try await job.submit(IndexPage(page: 1), options: JobOptions(maxAttempts: 0)) }
                    try await job.submit(IndexPage(page: 1), key: "page")
                    await note { try await job.submit(IndexPage(page: 2), key: "page") }
                    await note { try await job.submit(IndexPage(page: 2), key: "é") }
                }
            }
            _ = try await queueflow.reach(.completed, try await queueflow.client.submit(Work()).id)
            let told = ledger.all
            #expect(told.count == 3 && told[0].hasPrefix("max_attempts must be a whole number"))
            #expect(
                told.dropFirst() == [
                    "the parent has submitted another job under the key 'page'",
                    "the key must have 1 to 100 printable ASCII characters",
                ]
            )
        }
    }
}
