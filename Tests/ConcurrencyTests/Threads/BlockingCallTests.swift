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

    @Test func namesResolveToNumericAddresses() async throws {
        let loop = try DescriptorLoop.shared()
        let limit = ContinuousClock.now + .seconds(20)
        #expect(try await HostResolver.addresses(of: "127.0.0.1", on: loop, until: limit) == ["127.0.0.1"])
        #expect(try await HostResolver.addresses(of: "::1", on: loop, until: limit) == ["::1"])
        let local = try await HostResolver.addresses(of: "localhost", on: loop, until: limit)
        #expect(!local.isEmpty && local.allSatisfy { ["127.0.0.1", "::1"].contains($0) })
    }

    @Test func aNameWithoutAddressesIsNamed() async throws {
        let loop = try DescriptorLoop.shared()
        let failure = await #expect(throws: HostResolver.Failure.self) {
            try await HostResolver.addresses(of: "no-such-host.invalid", on: loop, until: .now + .seconds(20))
        }
        #expect(failure?.description.contains("no-such-host.invalid") == true)
    }
}
