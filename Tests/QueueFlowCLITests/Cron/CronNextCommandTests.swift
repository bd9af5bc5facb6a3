import Foundation
import Testing

@testable import QueueFlowCLI

/// The built `queueflow`, as a person runs it.
@Suite(.timeLimit(.minutes(1))) struct CronNextCommandTests {
    private struct Outcome {
        let output: String
        let errors: String
        let status: Int32
    }

    private func cronNext(_ arguments: [String]) async throws -> Outcome {
        let directory = FileManager.default.temporaryDirectory.appending(path: "cron-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        // Files take any amount of text, so that the program never waits for a reader.
        let (output, errors) = (directory.appending(path: "output"), directory.appending(path: "errors"))
        for file in [output, errors] { try Data().write(to: file) }

        let process = Process()
        process.executableURL = URL(filePath: StackUnderTest.queueflow)
        process.arguments = ["cron", "next"] + arguments
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in ended.resume() }
            do { try process.run() } catch { ended.resume(throwing: error) }
        }
        return Outcome(
            output: try String(contentsOf: output, encoding: .utf8),
            errors: try String(contentsOf: errors, encoding: .utf8),
            status: process.terminationStatus
        )
    }

    @Test func printsInstantsOneALine() async throws {
        let outcome = try await cronNext([
            "30 2 * * *", "--timezone", "America/New_York", "--from", "2012-03-10T12:00:00-05:00", "--count", "2",
        ])
        #expect(outcome.output == "2012-03-11T07:00:00Z\n2012-03-12T06:30:00Z\n")
        #expect(outcome.errors == "")
        #expect(outcome.status == 0)
    }

    @Test func printsJSONOnDemand() async throws {
        let outcome = try await cronNext(["@daily", "--from", "2026-01-01T00:00:00Z", "--count", "1", "--json"])
        #expect(outcome.output == #"{"description":"At 00:00","next":["2026-01-02T00:00:00Z"]}"# + "\n")
        #expect(outcome.status == 0)
    }

    @Test(arguments: [
        (["0 24 * * *"], "hour '24': 24 is outside the field; expected 0 to 23"),
        (
            ["@daily", "--timezone", "Mars"],
            "time zone 'Mars' is unknown; expected an IANA name, such as Europe/Berlin or UTC"
        ),
        (["@daily", "--count", "0"], "--count is 0; expected 1 to 1000"),
    ])
    func refusesInOneLine(_ arguments: [String], message: String) async throws {
        let outcome = try await cronNext(arguments)
        #expect(outcome.errors == "Error: \(message)\n")
        #expect(outcome.output == "")
        #expect(outcome.status != 0)
    }
}
