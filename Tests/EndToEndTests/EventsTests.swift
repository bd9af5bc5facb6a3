import AsyncHTTPClient
import Foundation
import NIOCore
import Testing

extension EndToEndTests {
    /// Events at one job-service of what happens through another one and a scheduler, which are killed and started again.
    @Test func whatHappensThroughOthersIsTold() async throws {
        let programs = TestStack.Program.usual + [.otherJobService]
        try await TestStack.run(programs: programs) { stack in
            var stream = Stream(try await stack.listen(at: .otherJobService, "?events=job"))
            try await stream.wait(for: stack.submit(#"{"type": "noop"}"#), toBe: "completed")
            // Only a scheduler queues it, and no worker takes it.
            let due = #"{"type": "no.such.handler", "delay": 1}"#
            try await stream.wait(for: stack.submit(due), toBe: "queued")

            await stack.end(.scheduler, with: SIGKILL)
            let late = try await stack.submit(due)
            try await stack.start(.scheduler)
            try await stream.wait(for: late, toBe: "queued")

            await stack.end(.jobService, with: SIGKILL)
            try await stack.start(.jobService)
            _ = try await stack.waitForReadiness(of: .jobService) { $0.status == 200 }
            try await stream.wait(for: stack.submit(#"{"type": "noop"}"#), toBe: "completed")
            #expect(!stream.text.contains("event: lagged"))

            await stack.end(.otherJobService, with: SIGKILL)
            try await stream.waitForEnd()
            try await stack.start(.otherJobService)
            try await stack.waitUntil("the other job-service to answer") {
                (try? await stack.request("GET", "/healthz", at: .otherJobService))?.status == 200
            }
            var again = Stream(try await stack.listen(at: .otherJobService, "?events=job&type=noop"))
            try await again.wait(for: stack.submit(#"{"type": "noop"}"#), toBe: "completed")
            #expect(!again.text.contains("no.such.handler"))
        }
    }
}

/// A listener's stream.
private struct Stream {
    struct Ended: Error {
        var text: String
    }

    private var chunks: HTTPClientResponse.Body.AsyncIterator
    private(set) var text = ""

    init(_ response: HTTPClientResponse) {
        chunks = response.body.makeAsyncIterator()
    }

    /// Reads until it has been told that a job is in a state.
    mutating func wait(for job: String, toBe state: String) async throws {
        while !text.contains(#"{"id":"\#(job)","state":"\#(state)""#) { try await read() }
    }

    /// Reads until it ends.
    mutating func waitForEnd() async throws {
        while true {
            do { try await read() } catch { return }
        }
    }

    private mutating func read() async throws {
        guard let chunk = try await chunks.next() else { throw Ended(text: text) }
        text += String(buffer: chunk)
    }
}
