import Concurrency
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct BlockingCallTests {
    @Test func returnsTheValueOfAnotherThread() async throws {
        let loop = try DescriptorLoop.shared()
        let call = try BlockingCall(name: "test-blocking", on: loop) {
            (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? ""
        }
        #expect(await call.value(until: nil) == "test-blocking\n")
    }

    @Test func stopsWaitingAtTheDeadlineAndMayResumeLater() async throws {
        let loop = try DescriptorLoop.shared()
        let gate = DispatchSemaphore(value: 0)
        let call = try BlockingCall(name: "test-slow", on: loop) { () -> Int in
            gate.wait()
            return 7
        }
        #expect(await call.value(until: .now + .milliseconds(10)) == nil)
        gate.signal()
        #expect(await call.value(until: nil) == 7)
        #expect(await call.value(until: nil) == 7)
    }

    @Test func cancellationReleasesTheCaller() async throws {
        let loop = try DescriptorLoop.shared()
        let gate = DispatchSemaphore(value: 0)
        let call = try BlockingCall(name: "test-cancel", on: loop) { gate.wait() }
        let task = Task { await call.value(until: nil) == nil }
        task.cancel()
        #expect(await task.value)
        gate.signal()
    }
}
