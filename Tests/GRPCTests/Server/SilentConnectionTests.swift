import GRPC
import Testing

/// Clients that hold connections and say nothing.
@Suite(.timeLimit(.minutes(1))) struct SilentConnectionTests {
    @Test func thousandsThatSayNothingKeepNobodyWaiting() async throws {
        let gate = ProbeService { _, _, context in await context.shutdownBegun() }
        try await withServer([gate]) { configuration in
            configuration.maxConnections = 500
            configuration.maxConnectionsPerAddress = 400
        } _: { address in
            // One that has a call open is not quiet, however long it says nothing.
            let busy = try await RawConnection(address)
            busy.send(RawConnection.headers(RawConnection.request(ProbeService.custom), stream: 1))
            try await expectPong(busy, 7)
            var crowd: [RawConnection] = []
            for _ in 0..<2_000 { crowd.append(try await RawConnection(address, greets: false)) }
            var times: [Duration] = []
            for _ in 0..<30 {
                let start = ContinuousClock.now
                try await withClient(address) { client in
                    let message = ProbeService.message(10)
                    let echoed = try await client.unary(ProbeService.echo, message, as: ProbeService.Message.self)
                    #expect(echoed == message)
                }
                times.append(ContinuousClock.now - start)
                for _ in 0..<20 { crowd.append(try await RawConnection(address, greets: false)) }
            }
            times.sort()
            #expect(times[15] < .milliseconds(100), "the median is \(times[15])")
            #expect(times[29] < .seconds(2), "the longest is \(times[29])")
            try await expectPong(busy, 8)
            withExtendedLifetime(crowd) {}
        }
    }

    /// Expects that the server answers a ping with the same eight bytes.
    private func expectPong(_ connection: RawConnection, _ byte: UInt8) async throws {
        let payload = [UInt8](repeating: byte, count: 8)
        connection.send(RawConnection.frame(6, payload))
        while true {
            let frame = try #require(await connection.nextFrame(), "the connection was closed")
            if frame.type == 6, frame.payload == payload { return }
        }
    }

    /// Nothing, half a preface, and a preface without the settings that have to follow.
    @Test(arguments: [0, 10, RawConnection.preface.count])
    func whoDoesNotBeginToSpeakInTimeIsCutOff(_ count: Int) async throws {
        try await withServer([ProbeService()]) { configuration in
            configuration.handshakeTimeout = .milliseconds(500)
        } _: { address in
            let connection = try await RawConnection(address, greets: false)
            connection.send(Array(RawConnection.preface.prefix(count)))
            let start = ContinuousClock.now
            _ = await connection.closeCode()
            #expect(ContinuousClock.now - start >= .milliseconds(450))
            #expect(ContinuousClock.now - start < .seconds(10))
        }
    }
}
