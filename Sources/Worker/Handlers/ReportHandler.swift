import QueueFlowWorker

/// `report.generate`: stands in for a reporting database. Takes 2 to 5 seconds and fails 3 times in 10.
struct ReportHandler: JobHandler {
    private struct DatabaseWasBusy: Error, CustomStringConvertible {
        var description: String { "the reporting database was busy" }
    }

    private struct Report: Encodable {
        var pages: Int
    }

    func run(_ job: RunningJob) async throws -> JobResult {
        try await Task.sleep(for: .milliseconds(.random(in: 2_000...5_000)))
        guard Int.random(in: 0..<10) >= 3 else { throw DatabaseWasBusy() }
        return try .encoding(Report(pages: .random(in: 1...50)))
    }
}
