import GRPC
import Testing

/// RFC 9113 where h2spec asks about it: each kind of case that a server without these rules fails.
@Suite(.timeLimit(.minutes(1))) struct ConformanceTests {
    /// Types of frames.
    private static let (data, priority, reset, settings, window): (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 2, 3, 4, 8)
    /// A request that is no gRPC, whose answer has a body.
    private static let foreign = RawConnection.request(ProbeService.echo, [(":method", "GET")])

    private func get(_ stream: UInt32, endsStream: Bool = true) -> [UInt8] {
        RawConnection.headers(Self.foreign, stream: stream, endsStream: endsStream)
    }

    /// SETTINGS_INITIAL_WINDOW_SIZE.
    private func initialWindow(_ size: UInt8) -> [UInt8] {
        RawConnection.frame(Self.settings, [0, 4, 0, 0, 0, size])
    }

    private func open(_ stream: UInt32, by bytes: UInt8) -> [UInt8] {
        RawConnection.frame(Self.window, stream: stream, [0, 0, 0, bytes])
    }

    private func withConnection(_ body: @escaping @Sendable (RawConnection) async throws -> Void) async throws {
        try await withServer([ProbeService()]) { address in try await body(try await RawConnection(address)) }
    }

    /// The next frame of a kind; nil once the connection is closed.
    private func next(_ type: UInt8, _ connection: RawConnection) async -> RawConnection.Frame? {
        while let frame = await connection.nextFrame() {
            if frame.type == type { return frame }
        }
        return nil
    }

    // MARK: What is not gRPC

    @Test func whatIsNotGRPCIsToldSoInWords() async throws {
        for (changes, status, allow) in [
            ([(":method", "GET")], "405", "POST"), ([("content-type", "application/json")], "415", nil),
        ] as [([(String, String)], String, String?)] {
            try await withConnection { connection in
                let request = RawConnection.request(ProbeService.echo, changes)
                connection.send(RawConnection.headers(request, endsStream: true))
                let answer = try await connection.answer()
                #expect(answer[":status"] == status && answer["allow"] == allow)
                #expect(answer["content-type"] == "application/problem+json")
                let body = String(decoding: answer.data, as: UTF8.self)
                #expect(body.hasPrefix(#"{"type":"about:blank","title":""#) && body.contains(#""status":\#(status),"#))
                #expect(body.contains("This port speaks gRPC"))
            }
        }
    }

    @Test func theAnswerToHEADHasNoBody() async throws {
        try await withConnection { connection in
            let request = RawConnection.request(ProbeService.echo, [(":method", "HEAD")])
            connection.send(RawConnection.headers(request, endsStream: true))
            let answer = try await connection.answer()
            #expect(answer[":status"] == "405" && answer.data.isEmpty)
        }
    }

    // MARK: Flow control (sections 5.2 and 6.9)

    @Test func anAnswerKeepsToTheWindow() async throws {
        try await withConnection { connection in
            connection.send(initialWindow(1) + get(1))
            let first = await next(Self.data, connection)
            #expect(first?.payload.count == 1 && first?.isEndStream == false)
            // A window that is made larger for all streams is larger for those that are open (section 6.9.2).
            connection.send(initialWindow(3))
            #expect(await next(Self.data, connection)?.payload.count == 2)
            connection.send(open(1, by: 200))
            let last = await next(Self.data, connection)
            #expect(last?.isEndStream == true)
        }
    }

    /// The window is made smaller than what is on its way: it is below zero, and has to be filled up first.
    @Test func aWindowMayBeNegative() async throws {
        try await withConnection { connection in
            connection.send(initialWindow(3) + get(1))
            #expect(await next(Self.data, connection)?.payload.count == 3)
            connection.send(initialWindow(2) + open(1, by: 2))
            #expect(await next(Self.data, connection)?.payload.count == 1)
        }
    }

    /// On a stream whose request is complete (section 5.1, half-closed (remote)).
    @Test func windowsAndPrioritiesAreTakenAfterTheRequest() async throws {
        try await withConnection { connection in
            connection.send(initialWindow(0) + get(1))
            connection.send(RawConnection.frame(Self.priority, stream: 1, [0, 0, 0, 0, 15]) + open(1, by: 1))
            let frame = await next(Self.data, connection)
            #expect(frame?.payload.count == 1)
        }
    }

    // MARK: Streams that are closed (section 5.1)

    @Test(arguments: [true, false], [true, false])
    func whatComesOnAClosedStreamEndsTheConnection(_ isClosedByReset: Bool, _ isData: Bool) async throws {
        try await withConnection { connection in
            if isClosedByReset {
                connection.send(get(1, endsStream: false) + RawConnection.frame(Self.reset, stream: 1, [0, 0, 0, 8]))
            } else {
                connection.send(get(1))
                _ = try await connection.answer()
            }
            connection.send(isData ? RawConnection.data([1]) : get(1))
            #expect(await connection.closeCode() == 5, "STREAM_CLOSED")
        }
    }

    /// What was on its way when this side ended a stream is nobody's fault.
    @Test func whatCrossesAnEarlyAnswerIsPassedOver() async throws {
        try await withConnection { connection in
            connection.send(get(1, endsStream: false))
            let first = try await connection.answer()
            #expect(first[":status"] == "405")
            #expect(await next(Self.reset, connection)?.payload == [0, 0, 0, 0])
            connection.send(RawConnection.data([1, 2, 3], endsStream: false) + RawConnection.data([4]))
            connection.send(RawConnection.headers(RawConnection.request(ProbeService.echo), stream: 3))
            connection.send(RawConnection.data(try ProbeService.framed(1), stream: 3))
            let answer = try await connection.answer(stream: 3)
            #expect(answer["grpc-status"] == "0")
        }
    }

    // MARK: Numbers of streams (section 5.1.1)

    @Test func aStreamThatWasSkippedCannotBeOpened() async throws {
        try await withConnection { connection in
            connection.send(get(5))
            let answer = try await connection.answer(stream: 5)
            #expect(answer[":status"] == "405")
            connection.send(get(3))
            #expect(await connection.closeCode() == 1, "PROTOCOL_ERROR")
        }
    }

    @Test func numbersMayBeSkipped() async throws {
        try await withConnection { connection in
            for stream in [3, 5, 99, 1_001, 100_001] as [UInt32] {
                connection.send(get(stream))
                let answer = try await connection.answer(stream: stream)
                #expect(answer[":status"] == "405")
            }
        }
    }

    // MARK: How many streams (section 5.1.2)

    @Test func oneStreamTooManyIsRefused() async throws {
        try await withConnection { connection in
            // Without a window no answer ends, so all of them stay open.
            connection.send(initialWindow(0))
            for index in 0...128 { connection.send(get(UInt32(index * 2 + 1))) }
            let refused = await next(Self.reset, connection)
            #expect(refused?.stream == 257 && refused?.payload == [0, 0, 0, 7], "REFUSED_STREAM")
        }
    }
}
