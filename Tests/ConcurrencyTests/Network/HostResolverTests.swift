import Concurrency
import Testing

@Suite(.timeLimit(.minutes(1))) struct HostResolverTests {
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

    @Test func anAddressInAnotherFormIsWrittenInTheStandardOne() async throws {
        let limit = ContinuousClock.now + .seconds(20)
        #expect(try await HostResolver.addresses(of: "127.1", on: .shared(), until: limit) == ["127.0.0.1"])
        #expect(try HostResolver.blockingAddresses(of: "0:0::1") == ["::1"])
    }
}
